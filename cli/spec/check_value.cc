#include "spec/check_value.h"

#include <algorithm>
#include <cmath>

#include "hug/text.h"
#include "spec/args.h"
#include "spec/range.h"
#include "spec/vocabulary.h"

namespace hug::cli {

namespace {

bool is_integer(std::string_view text) {
  constexpr double kExact = 9007199254740992.0;
  const auto number = parse_number(text);
  return number && std::floor(*number) == *number &&
         std::fabs(*number) <= kExact &&
         text.find_first_not_of("-0123456789") == text.npos;
}

bool are_integers(std::string_view text) {
  while (true) {
    const auto comma = text.find(',');
    if (!is_integer(text.substr(0, comma))) return false;
    if (comma == text.npos) return true;
    text.remove_prefix(comma + 1);
  }
}

std::string_view wrong_type(Type type, std::string_view text) {
  switch (type) {
    case Type::kInteger:
      return is_integer(text) ? "" : "a whole number";
    case Type::kIntegers:
      return are_integers(text) ? "" : "a list of whole numbers such as 0,8192";
    case Type::kNumber:
      return parse_number(text) ? "" : "a number";
    case Type::kBytes:
      return parse_bytes(text) ? "" : "a size such as 8MiB or 1.5G";
    case Type::kDuration:
      return parse_duration(text) ? "" : "a time such as 90, 10s or 5m";
    case Type::kText:
    case Type::kPath:
      return "";
  }
  return "";
}

}  // namespace

std::string spoken(const Option& option) {
  return option.kind == Kind::kPositional ? std::string(option.value)
                                          : "--" + std::string(option.name);
}

Result<void> check_value(const Option& option, const std::string& value) {
  if (!option.choices.empty() && !option.open_choices &&
      std::ranges::find(option.choices, value) == option.choices.end()) {
    std::string names;
    for (std::string_view choice : option.choices) {
      names += (names.empty() ? "'" : ", '") + std::string(choice) + "'";
    }
    return usage_error("invalid value for '" + spoken(option) + "': '" + value +
                       "' is not one of " + names);
  }
  if (const auto wanted = wrong_type(option.type, value); !wanted.empty()) {
    return usage_error("invalid value for '" + spoken(option) + "': '" + value +
                       "' is not " + std::string(wanted));
  }
  if (const auto wrong = outside_range(option, value); !wrong.empty()) {
    return usage_error("invalid value for '" + spoken(option) + "': " + wrong);
  }
  return {};
}

}  // namespace hug::cli
