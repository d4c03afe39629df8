#include "engine/residence.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "support/temp_dir.h"

using namespace hug;

namespace {

struct Fixture {
  Fixture() {
    std::string content(600'000, '\0');
    for (std::size_t i = 0; i < content.size(); ++i)
      content[i] = static_cast<char>(i * 31 % 251);
    test::put_file(dir / "weights", content);
    const auto file = open_file(dir / "weights", FileAccess::kMap);
    REQUIRE(file);
    set.store = std::make_shared<arch::TensorStore>();
    set.store->name = "weights";
    set.store->files.push_back(*file);
    all = (*file)->mapped();
    REQUIRE(all.size() == content.size());
    set.tensors["b"].bytes = all.subspan(400, 300'000);
    set.tensors["a"].bytes = all.subspan(300'500, 64);
    set.tensors["none"].bytes = {};
  }

  bool is_equal(const char* name, std::size_t offset, std::size_t size) const {
    const auto bytes = set.find(name)->bytes;
    return bytes.size() == size &&
           std::equal(bytes.begin(), bytes.end(), all.data() + offset);
  }

  bool is_mapped(const char* name) const {
    const std::byte* const at = set.find(name)->bytes.data();
    return at >= all.data() && at < all.data() + all.size();
  }

  test::TempDir dir;
  arch::TensorSet set;
  std::span<const std::byte> all;
};

}  // namespace

TEST_CASE("weights stay in the mapped file unless told otherwise") {
  for (const auto how : {WeightMemory::kAuto, WeightMemory::kMapped}) {
    Fixture f;
    REQUIRE(engine::settle(f.set, how));
    CHECK(f.is_mapped("a"));
    CHECK(f.is_mapped("b"));
    CHECK(f.set.store->blocks.empty());
  }
}

TEST_CASE("weights are copied to memory of their own") {
  Fixture f;
  REQUIRE(engine::settle(f.set, WeightMemory::kLargePages));
  CHECK(!f.is_mapped("a"));
  CHECK(!f.is_mapped("b"));
  CHECK(f.is_equal("b", 400, 300'000));
  CHECK(f.is_equal("a", 300'500, 64));
  CHECK(f.set.find("none")->bytes.empty());
  for (const char* name : {"a", "b"}) {
    const auto at =
        reinterpret_cast<std::uintptr_t>(f.set.find(name)->bytes.data());
    CHECK(at % 64 == 0);
  }
}

TEST_CASE("locked weights stay where they are, or the limit is named") {
  Fixture f;
  const auto done = engine::settle(f.set, WeightMemory::kLocked);
  if (!done) CHECK(done.error().code() == Code::kLimit);
  CHECK(f.is_mapped("a"));
  CHECK(f.is_equal("b", 400, 300'000));
}
