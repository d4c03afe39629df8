#include "engine/packing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "arch/tensor_set.h"
#include "support/temp_dir.h"

using namespace hug;

namespace {

struct Fixture {
  explicit Fixture(std::size_t size) : content(size, '\0') {
    for (std::size_t i = 0; i < size; ++i)
      content[i] = static_cast<char>(i * 31 % 251);
    test::put_file(dir / "weights", content);
    const auto file = open_file(dir / "weights", FileAccess::kMap);
    REQUIRE(file);
    set.store = std::make_shared<arch::TensorStore>();
    set.store->files.push_back(*file);
    set.tensors["a"].bytes = (*file)->mapped().subspan(4096);
  }

  bool is_equal() const {
    const auto bytes = set.find("a")->bytes;
    return std::equal(bytes.begin(), bytes.end(),
                      std::as_bytes(std::span(content)).begin() + 4096);
  }

  test::TempDir dir;
  std::string content;
  arch::TensorSet set;
};

}  // namespace

TEST_CASE("small models stay where they are") {
  const Fixture f(1 << 20);
  CHECK(engine::Packing(f.set).is_done());
  CHECK(engine::Packing().is_done());
}

TEST_CASE("weights are the same whatever the measurement says") {
  const Fixture f(std::size_t{80} << 20);
  for (const unsigned threads : {1U, 3U}) {
    nn::Team team(threads);
    engine::Packing packing(f.set);
    packing.measure(team);
    packing.advance(team, 0.001);
    CHECK(f.is_equal());
    packing.finish(team);
    CHECK(f.is_equal());
    CHECK(packing.is_done());
  }
}

TEST_CASE("without kernels weights stay where they are") {
  const Fixture f(std::size_t{80} << 20);
  nn::Team team(2, tensor::Isa::kScalar);
  engine::Packing packing(f.set);
  packing.finish(team);
  CHECK(packing.is_done());
  CHECK(f.is_equal());
}
