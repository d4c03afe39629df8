#include "sys/residence.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "hug/byte_source.h"
#include "support/temp_dir.h"

using namespace hug;

TEST_CASE("a mapped file is read ahead, and once there needs no more") {
  const test::TempDir dir;
  const std::string path = dir / "weights";
  const std::string content(3 << 20, 'x');
  test::put_file(path, content);
  const auto file = open_file(path, FileAccess::kMap);
  REQUIRE(file);
  const auto bytes = (*file)->mapped();
  REQUIRE(bytes.size() == content.size());
  sys::ReadAhead ahead({bytes, {}, bytes.subspan(5000, 70000)});
  ahead.wait();
  CHECK(sys::is_resident({}));
  for (const std::byte b : bytes)
    if (b != std::byte{'x'}) FAIL("other bytes");
  CHECK(sys::is_resident(bytes));
}

TEST_CASE("locking says what it could not lock") {
  CHECK(sys::lock_in_memory({}, "nothing"));
  // A range that is not mapped cannot be locked, whatever the limits are.
  const std::span<const std::byte> nowhere(
      reinterpret_cast<const std::byte*>(0x1000), 1);
  const auto done = sys::lock_in_memory(nowhere, "a model");
  REQUIRE(!done);
  CHECK(done.error().code() == Code::kLimit);
  CHECK(done.error().message().find("'a model'") != std::string::npos);
}
