#include "transfer/write_gather.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace hug;
using namespace hug::transfer;

namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Writes as "offset:text" each, in order.
struct Log {
  std::vector<std::string> writes = {};
  bool full = false;
  bool take = false;

  Result<void> operator()(std::uint64_t at, std::vector<std::byte>& held) {
    if (full) return Error(Code::kNoSpace, "full");
    const std::string text(reinterpret_cast<const char*>(held.data()),
                           held.size());
    writes.push_back(std::to_string(at) + ":" + text);
    if (take) held = {};
    return {};
  }
};

auto gather_into(Log& log, std::size_t size) {
  return WriteGather(
      size, [&log](std::uint64_t at, auto& held) { return log(at, held); });
}

}  // namespace

TEST_CASE("write gather: small pieces become large ones, whatever is kept") {
  for (const bool take : {false, true}) {
    CAPTURE(take);
    Log log;
    log.take = take;
    auto gather = gather_into(log, 4);
    REQUIRE(gather.add(10, bytes("ab")));
    CHECK(log.writes.empty());
    REQUIRE(gather.add(12, bytes("cdefghi")));
    CHECK(log.writes == std::vector<std::string>{"10:abcd", "14:efgh"});
    REQUIRE(gather.flush());
    REQUIRE(gather.flush());
    CHECK(log.writes.back() == "18:i");
    CHECK(log.writes.size() == 3);
  }
}

TEST_CASE("write gather: a stream that begins anew keeps what came before") {
  Log log;
  auto gather = gather_into(log, 8);
  REQUIRE(gather.add(0, bytes("abc")));
  REQUIRE(gather.add(100, bytes("xy")));
  REQUIRE(gather.add(0, bytes("z")));
  REQUIRE(gather.flush());
  CHECK(log.writes == std::vector<std::string>{"0:abc", "100:xy", "0:z"});
}

TEST_CASE("write gather: errors of the writer are passed on") {
  Log log;
  log.full = true;
  auto gather = gather_into(log, 2);
  REQUIRE(gather.add(0, bytes("a")));
  const auto done = gather.add(1, bytes("b"));
  REQUIRE_FALSE(done);
  CHECK(done.error().code() == Code::kNoSpace);
}
