#include "spec/range.h"

#include <array>
#include <charconv>
#include <chrono>

#include "hug/text.h"
#include "spec/args.h"

namespace hug::cli {

namespace {

// In the unit of minimum and maximum; the value is one of the type.
double value_of(Type type, std::string_view text) {
  if (type == Type::kBytes)
    return static_cast<double>(parse_bytes(text).value_or(0));
  if (type == Type::kDuration)
    return std::chrono::duration<double>(
               parse_duration(text).value_or(std::chrono::milliseconds(0)))
        .count();
  return parse_number(text).value_or(0);
}

std::string shown(double value) {
  std::array<char, 32> text{};
  const auto r = std::to_chars(text.data(), text.data() + text.size(), value);
  // Whole numbers with all their digits.
  if (value == static_cast<double>(static_cast<std::int64_t>(value)))
    return std::to_string(static_cast<std::int64_t>(value));
  return {text.data(), r.ptr};
}

}  // namespace

std::string outside_range(const Option& option, std::string_view value) {
  if (!has_range(option)) return {};
  while (true) {
    const bool several = option.type == Type::kIntegers;
    const auto comma = several ? value.find(',') : value.npos;
    const std::string_view word = value.substr(0, comma);
    const double x = value_of(option.type, word);
    if (x < option.minimum || x > option.maximum) {
      return '\'' + std::string(word) + "' is not between " +
             shown(option.minimum) + " and " + shown(option.maximum);
    }
    if (comma == value.npos) return {};
    value.remove_prefix(comma + 1);
  }
}

std::string range_text(const Option& option) {
  if (!has_range(option)) return {};
  if (option.maximum < kMany)
    return shown(option.minimum) + " to " + shown(option.maximum);
  return option.minimum > 0 ? "at least " + shown(option.minimum) : "";
}

}  // namespace hug::cli
