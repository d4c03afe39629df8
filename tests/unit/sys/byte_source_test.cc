#include "hug/byte_source.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstring>

#include "hug/mapped_files.h"
#include "support/temp_dir.h"

using namespace hug;
using hug::test::put_file;
using hug::test::TempDir;

namespace {

std::string read(const ByteSource& source, std::uint64_t at, std::size_t n) {
  std::string out(n, '?');
  const auto got = source.read_at(at, std::as_writable_bytes(std::span(out)));
  return got ? out : "error: " + std::string(code_name(got.error().code()));
}

}  // namespace

TEST_CASE("byte source: a file, its mapping, memory and slices say the same") {
  const TempDir temp;
  const std::string text = "0123456789abcdef";
  put_file(temp / "f", text);
  const auto bytes = std::as_bytes(std::span(text));
  const std::string framed = "xx" + text + "yy";
  const std::vector<ByteSourcePtr> all = {
      open_file(temp / "f", FileAccess::kRead).value(),
      open_file(temp / "f", FileAccess::kMap).value(), borrow_bytes(bytes, "b"),
      copy_bytes(bytes, "c"),
      slice(copy_bytes(std::as_bytes(std::span(framed)), "s"), 2, 16).value()};
  for (const ByteSourcePtr& s : all) {
    CAPTURE(s->name());
    CHECK(s->size() == 16);
    CHECK(read(*s, 0, 16) == text);
    CHECK(read(*s, 10, 6) == "abcdef");
    CHECK(read(*s, 16, 0).empty());
    CHECK(read(*s, 11, 6) == "error: corrupt");
    CHECK(read(*s, UINT64_MAX, 2) == "error: corrupt");
    const ByteSourcePtr part = slice(s, 4, 4).value();
    CHECK(read(*part, 1, 3) == "567");
    CHECK(read(*part, 1, 4) == "error: corrupt");
    CHECK_FALSE(slice(s, 10, 7));
    CHECK_FALSE(slice(s, UINT64_MAX, 1));
    s->prefetch(3, UINT64_MAX);
  }
  CHECK(all[0]->mapped().empty());
  CHECK(all[1]->mapped().size() == 16);
  CHECK(slice(all[1], 4, 4).value()->mapped().size() == 4);
  CHECK(open_file(temp / "none", FileAccess::kMap).error().code() ==
        Code::kNotFound);
  CHECK(open_file(temp.path(), FileAccess::kRead).error().code() == Code::kIo);
  put_file(temp / "empty", "");
  CHECK(open_file(temp / "empty", FileAccess::kMap).value()->size() == 0);
}

TEST_CASE("byte source: a file that shrinks is an error, not a crash") {
  guard_mapped_files();
  const TempDir temp;
  for (int i = 0; i < 20; ++i) {
    put_file(temp / "f", std::string(65536, 'x'));
    const ByteSourcePtr mapped =
        open_file(temp / "f", FileAccess::kMap).value();
    const ByteSourcePtr plain =
        open_file(temp / "f", FileAccess::kRead).value();
    CHECK(read(*mapped, 0, 10) == "xxxxxxxxxx");
    CHECK_FALSE(is_mapped_file_damaged(mapped->mapped()));
    REQUIRE(::truncate((temp / "f").c_str(), 4096) == 0);
    CHECK(read(*mapped, 40000, 10) == "error: corrupt");
    CHECK(is_mapped_file_damaged(mapped->mapped().subspan(40000)));
    CHECK(read(*plain, 40000, 10) == "error: corrupt");
  }
}
