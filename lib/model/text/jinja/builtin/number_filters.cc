// Filters on numbers, and on what can be read as one.
#include <charconv>
#include <cmath>

#include "text/jinja/builtin/filters.h"

namespace hug::text::jinja {

namespace {

Result<Value> to_int(Interpreter&, const Value& v, Arguments& a) {
  const Value* other = a.find(0, "default");
  if (v.is_number()) {
    if (!v.is_real()) return Value::integer(v.whole());
    if (std::fabs(v.number()) < 9e18) {
      return Value::integer(static_cast<std::int64_t>(v.number()));
    }
  }
  if (const Text* t = v.text()) {
    const std::string s = strip(*t, {}, Side::kBoth).bytes;
    std::int64_t n = 0;
    const auto r = std::from_chars(s.data(), s.data() + s.size(), n);
    if (r.ec == std::errc() && r.ptr == s.data() + s.size()) {
      return Value::integer(n);
    }
    double d = 0;
    const auto q = std::from_chars(s.data(), s.data() + s.size(), d);
    if (q.ec == std::errc() && q.ptr == s.data() + s.size() &&
        std::fabs(d) < 9e18) {
      return Value::integer(static_cast<std::int64_t>(d));
    }
  }
  return other != nullptr ? *other : Value::integer(0);
}

Result<Value> to_float(Interpreter&, const Value& v, Arguments& a) {
  const Value* other = a.find(0, "default");
  if (v.is_number()) return Value::real(v.number());
  if (const Text* t = v.text()) {
    const std::string s = strip(*t, {}, Side::kBoth).bytes;
    double d = 0;
    const auto r = std::from_chars(s.data(), s.data() + s.size(), d);
    if (r.ec == std::errc() && r.ptr == s.data() + s.size()) {
      return Value::real(d);
    }
  }
  return other != nullptr ? *other : Value::real(0);
}

Result<Value> absolute(Interpreter&, const Value& v, Arguments&) {
  if (!v.is_number()) return filter_error("abs", "takes a number");
  if (v.is_real()) return Value::real(std::fabs(v.number()));
  if (v.whole() == INT64_MIN) {
    return Error(Code::kLimit, "number is too large");
  }
  return Value::integer(std::abs(v.whole()));
}

Result<Value> round(Interpreter&, const Value& v, Arguments& a) {
  if (!v.is_number()) return filter_error("round", "takes a number");
  const Value* how = a.find(1, "method");
  const std::string method = how ? to_text(*how).bytes : "common";
  const double scale =
      std::pow(10.0, static_cast<double>(std::clamp<std::int64_t>(
                         whole_or(a.find(0, "precision"), 0), -20, 20)));
  const double x = v.number() * scale;
  // "common" is Python's round(): halves go to the even neighbour.
  const double r = method == "ceil"    ? std::ceil(x)
                   : method == "floor" ? std::floor(x)
                                       : std::nearbyint(x);
  return Value::real(r / scale);
}

constexpr Filter kFilters[] = {
    {"int", to_int},
    {"float", to_float},
    {"abs", absolute},
    {"round", round},
};

}  // namespace

std::span<const Filter> number_filters() {
  return kFilters;
}

}  // namespace hug::text::jinja
