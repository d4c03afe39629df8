#include "sys/large_pages.h"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>

#include "hug/byte_source.h"
#include "support/temp_dir.h"

using namespace hug;

namespace {

struct MappedFile {
  explicit MappedFile(std::size_t size) {
    content.resize(size);
    for (std::size_t i = 0; i < size; ++i)
      content[i] = static_cast<char>(i * 7 % 253);
    test::put_file(dir / "file", content);
    auto opened = open_file(dir / "file", FileAccess::kMap);
    REQUIRE(opened);
    source = *opened;
  }

  bool is_equal() const {
    const auto bytes = source->mapped();
    return bytes.size() == content.size() &&
           std::equal(bytes.begin(), bytes.end(),
                      std::as_bytes(std::span(content)).begin());
  }

  test::TempDir dir;
  std::string content;
  ByteSourcePtr source;
};

}  // namespace

TEST_CASE("whole large pages lie inside") {
  const std::size_t page = sys::kLargePage;
  auto* const base = reinterpret_cast<const std::byte*>(page * 5);
  const auto at = [&](std::size_t from, std::size_t size) {
    return sys::whole_large_pages({base + from, size});
  };
  CHECK(at(0, 2 * page).data() == base);
  CHECK(at(0, 2 * page).size() == 2 * page);
  CHECK(at(1, 2 * page).data() == base + page);
  CHECK(at(1, 2 * page).size() == page);
  CHECK(at(1, page).empty());
  CHECK(at(0, page - 1).empty());
  CHECK(sys::whole_large_pages({}).empty());
}

TEST_CASE("memory for large pages begins at one and is zeroed to its end") {
  const std::size_t page = sys::kLargePage;
  for (const std::size_t size :
       {std::size_t{100}, page, 2 * page + 12'345, 2 * page - 1}) {
    std::byte* const data = sys::map_large(size);
    REQUIRE(data != nullptr);
    const auto at = reinterpret_cast<std::uintptr_t>(data);
    if (size >= page) CHECK(at % page == 0);
    CHECK(data[0] == std::byte{0});
    CHECK(data[size - 1] == std::byte{0});
    data[size - 1] = std::byte{1};
    CHECK(::munmap(data, size) == 0);
  }
  CHECK(sys::map_large(0) == nullptr);
  CHECK(sys::map_large(SIZE_MAX) == nullptr);
}

TEST_CASE("a copy takes the place of mapped bytes") {
  MappedFile file(3 * sys::kLargePage + 12'345);
  const auto whole = sys::whole_large_pages(file.source->mapped());
  REQUIRE(whole.size() >= 2 * sys::kLargePage);
  auto copy = sys::LargeCopy::make(whole);
  REQUIRE(copy);
  CHECK(std::equal(whole.begin(), whole.end(), copy->bytes().begin()));
  REQUIRE(copy->take_place());
  CHECK(!copy->take_place());
  CHECK(file.is_equal());
  // What is no longer the file's alone is not given back to it.
  file.source->release(0, file.source->size());
  CHECK(file.is_equal());
}

TEST_CASE("a copy that takes no place changes nothing") {
  MappedFile file(2 * sys::kLargePage);
  const auto whole = sys::whole_large_pages(file.source->mapped());
  if (!whole.empty()) CHECK(sys::LargeCopy::make(whole));
  CHECK(!sys::LargeCopy::make({}));
  CHECK(file.is_equal());
  file.source->release(0, file.source->size());
  CHECK(file.is_equal());
}

TEST_CASE("others read while copies take their places") {
  MappedFile file(8 * sys::kLargePage);
  bool equal = true;
  std::jthread reader([&](const std::stop_token& stop) {
    while (!stop.stop_requested())
      equal = equal && file.is_equal();
  });
  const auto whole = sys::whole_large_pages(file.source->mapped());
  for (std::size_t at = 0; at < whole.size(); at += sys::kLargePage) {
    auto copy = sys::LargeCopy::make(whole.subspan(at, sys::kLargePage));
    REQUIRE(copy);
    CHECK(copy->take_place());
  }
  reader.request_stop();
  reader.join();
  CHECK(equal);
  CHECK(file.is_equal());
}

TEST_CASE("memory is available") {
  CHECK(sys::available_memory() > 0);
}
