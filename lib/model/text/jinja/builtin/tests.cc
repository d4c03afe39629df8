// `is NAME`: what a value can be asked.
#include <algorithm>
#include <array>

#include "text/jinja/interpreter.h"

namespace hug::text::jinja {

namespace {

bool is_container(const Value& v) {
  return v.list() || v.dict() || v.text();
}

bool same_case(const Value& v, std::string_view how) {
  const Text* t = v.text();
  return t != nullptr && change_case(*t, how).bytes == t->bytes &&
         change_case(*t, how == "lower" ? "upper" : "lower").bytes != t->bytes;
}

using Test = bool (*)(const Value&);

struct Row {
  std::string_view name;
  Test test;
};

constexpr std::array<Row, 16> kTests{{
    {"defined", [](const Value& v) { return !v.is_undefined(); }},
    {"undefined", [](const Value& v) { return v.is_undefined(); }},
    {"none", [](const Value& v) { return v.is_none(); }},
    {"string", [](const Value& v) { return v.text() != nullptr; }},
    {"mapping", [](const Value& v) { return v.dict() != nullptr; }},
    {"iterable",
     [](const Value& v) { return is_container(v) || v.is_undefined(); }},
    {"sequence",
     [](const Value& v) { return is_container(v) || v.is_undefined(); }},
    {"boolean", [](const Value& v) { return v.is_bool(); }},
    {"true", [](const Value& v) { return v.is_bool() && v.truthy(); }},
    {"false", [](const Value& v) { return v.is_bool() && !v.truthy(); }},
    {"number", [](const Value& v) { return v.is_number(); }},
    {"integer", [](const Value& v) { return v.is_integer(); }},
    {"float", [](const Value& v) { return v.is_real(); }},
    {"callable", [](const Value& v) { return v.function() != nullptr; }},
    {"lower", [](const Value& v) { return same_case(v, "lower"); }},
    {"upper", [](const Value& v) { return same_case(v, "upper"); }},
}};

Result<bool> compare_test(std::string_view name, const Value& a,
                          const Value& b) {
  if (name == "eq" || name == "equalto") return equal(a, b);
  if (name == "ne") return !equal(a, b);
  const int c = HUG_TRY(compare(a, b));
  if (name == "lt" || name == "lessthan") return c < 0;
  if (name == "gt" || name == "greaterthan") return c > 0;
  return name == "le" ? c <= 0 : c >= 0;
}

Result<bool> whole_test(std::string_view name, const Value& v,
                        const Value* by) {
  if (v.is_real() || !v.is_number()) {
    return Error(Code::kUsage, "test '" + std::string(name) +
                                   "' needs an integer, not " +
                                   std::string(v.type_name()));
  }
  if (name == "odd") return v.whole() % 2 != 0;
  if (name == "even") return v.whole() % 2 == 0;
  if (by == nullptr || by->is_real() || !by->is_number() || by->whole() == 0) {
    return Error(Code::kUsage, "divisibleby needs a number other than 0");
  }
  return by->whole() == -1 || v.whole() % by->whole() == 0;
}

}  // namespace

Result<bool> apply_test(Interpreter& in, std::string_view name,
                        const Value& value, Arguments& arguments) {
  for (const Row& row : kTests) {
    if (row.name == name) return row.test(value);
  }
  const Value* other = arguments.find(0, "other");
  if (name == "odd" || name == "even" || name == "divisibleby") {
    return whole_test(name, value, other);
  }
  static constexpr std::array<std::string_view, 10> kComparisons = {
      "eq", "equalto",     "ne", "lt", "lessthan",
      "gt", "greaterthan", "le", "ge", "sameas"};
  const bool compares = std::find(kComparisons.begin(), kComparisons.end(),
                                  name) != kComparisons.end();
  if ((compares || name == "in") && other == nullptr) {
    return Error(Code::kUsage,
                 "test '" + std::string(name) + "' needs an argument");
  }
  if (name == "sameas") return equal(value, *other);
  if (compares) return compare_test(name, value, *other);
  if (name == "in") {
    if (const Text* t = other->text()) {
      return value.text() != nullptr &&
             t->bytes.find(value.text()->bytes) != std::string::npos;
    }
    for (const Value& v : HUG_TRY(in.iterate(*other))) {
      if (equal(v, value)) return true;
    }
    return false;
  }
  return Error(Code::kUsage, "no test named '" + std::string(name) + "'");
}

}  // namespace hug::text::jinja
