#include <doctest/doctest.h>

#include "base/checked.h"
#include "hug/result.h"

namespace {

hug::Result<int> half(int n) {
  if (n % 2 != 0) {
    return hug::Error(hug::Code::kUsage, "cannot halve an odd number");
  }
  return n / 2;
}

hug::Result<int> quarter(int n) {
  const int h = HUG_TRY(half(n));
  return HUG_TRY_WITH(half(h), "while halving again");
}

}  // namespace

TEST_CASE("result: HUG_TRY yields the value or returns the error") {
  CHECK(quarter(8).value() == 2);
  const auto odd = quarter(6);
  REQUIRE_FALSE(odd.has_value());
  CHECK(odd.error().code() == hug::Code::kUsage);
  REQUIRE(odd.error().chain().size() == 1);
  CHECK(odd.error().chain()[0] == "while halving again");
}

TEST_CASE("error: one pointer wide, and every code has its exit status") {
  CHECK(sizeof(hug::Error) == sizeof(void*));
  CHECK(hug::exit_status(hug::Code::kCorrupt) == 6);
  CHECK(hug::exit_status(hug::Code::kNoSpace) == 7);
  CHECK(hug::exit_status(hug::Code::kCancelled) == 130);
  CHECK(hug::exit_status(hug::Code::kInternal) == 1);
  CHECK(hug::code_name(hug::Code::kRateLimited) == "rate_limited");
  CHECK(hug::code_name(hug::Code::kInternal) == "internal");
}

TEST_CASE("checked: what does not fit is nothing") {
  using namespace hug::base;
  CHECK_FALSE(checked_add<unsigned char>(200, 100));
  CHECK(checked_mul<int>(1 << 15, 1 << 15) == 1 << 30);
  CHECK_FALSE(checked_cast<unsigned>(-1));
  CHECK(checked_align<unsigned>(33, 32) == 64u);
  CHECK_FALSE(checked_align<unsigned>(0xffffffffu, 32));
}
