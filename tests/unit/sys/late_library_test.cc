#include "sys/late_library.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace hug;

namespace {

struct Math {
  double (*cosine)(double) = nullptr;
};

}  // namespace

TEST_CASE("late library: a function is found by its name") {
  const sys::LateFunctions<Math> math(
      "libm.so.6", [](auto& from, auto& to) { from.find("cos", to.cosine); });
  REQUIRE(math.check("reckon", "libm", "libc6"));
  CHECK(math.functions().cosine(0.5) == std::cos(0.5));
}

TEST_CASE("late library: what is missing is named, with a hint") {
  const sys::LateFunctions<Math> other("libm.so.6", [](auto& from, auto& to) {
    from.find("no_such_cosine", to.cosine);
  });
  const auto missing = other.check("reckon", "libm", "libc6");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == Code::kUnsupported);
  CHECK(missing.error().message().starts_with("cannot reckon without libm: "));
  CHECK(missing.error().message().find("no_such_cosine") != std::string::npos);
  CHECK(missing.error().hint() == "install libm (Debian: libc6)");
  const sys::LateFunctions<Math> none(
      "libhug-none.so.0",
      [](auto& from, auto& to) { from.find("cos", to.cosine); });
  const auto absent = none.check("reckon", "libnone", "none");
  REQUIRE_FALSE(absent);
  CHECK(absent.error().message().find("libhug-none.so.0") != std::string::npos);
}
