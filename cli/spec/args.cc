#include "spec/args.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "hug/text.h"
#include "spec/globals.h"

namespace hug::cli {

namespace {

std::int64_t to_integer(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

double unit_seconds(std::string_view unit) {
  struct Row {
    std::string_view name;
    double seconds;
  };

  constexpr Row kRows[] = {{"", 1},       {"ms", 0.001},   {"s", 1},
                           {"m", 60},     {"h", 3600},     {"d", 86400},
                           {"w", 604800}, {"mo", 2592000}, {"y", 31536000}};
  for (const Row& row : kRows) {
    if (row.name == unit) return row.seconds;
  }
  return -1;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end || !std::isfinite(value)) return {};
  return value;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const std::size_t digits = text.find_first_not_of("0123456789.");
  const auto number = parse_number(text.substr(0, digits));
  const auto unit =
      digits == text.npos ? std::string_view{} : text.substr(digits);
  const double seconds = unit_seconds(unit);
  constexpr double kLongest = 100.0 * 31536000;
  if (!number || seconds < 0 || *number * seconds > kLongest) return {};
  return std::chrono::milliseconds(std::llround(*number * seconds * 1000));
}

const std::vector<std::string>* Args::find(std::string_view name) const {
  const auto at = values_.find(name);
  return at == values_.end() || at->second.empty() ? nullptr : &at->second;
}

const Option* Args::option(std::string_view name) const {
  for (const Option& option : command_->options) {
    if (option.name == name) return &option;
  }
  for (const Option& option : global_options()) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

bool Args::has(std::string_view name) const {
  return find(name) != nullptr;
}

std::optional<std::string> Args::maybe(std::string_view name) const {
  if (const auto* values = find(name)) return values->back();
  const Option* known = option(name);
  if (known == nullptr || known->fallback.empty()) return {};
  return std::string(known->fallback);
}

std::string Args::text(std::string_view name) const {
  return maybe(name).value_or(std::string());
}

bool Args::flag(std::string_view name) const {
  return text(name) == "true";
}

std::optional<bool> Args::choice(std::string_view name) const {
  if (!has(name)) return {};
  return flag(name);
}

std::vector<std::string> Args::list(std::string_view name) const {
  const auto* values = find(name);
  return values == nullptr ? std::vector<std::string>() : *values;
}

std::int64_t Args::integer(std::string_view name) const {
  return to_integer(text(name));
}

std::vector<std::int64_t> Args::integers(std::string_view name) const {
  std::vector<std::string> given = list(name);
  if (given.empty()) given.push_back(text(name));
  std::vector<std::int64_t> out;
  for (std::string_view rest : given) {
    while (!rest.empty()) {
      const auto word = rest.substr(0, rest.find(','));
      out.push_back(to_integer(word));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    }
  }
  return out;
}

double Args::number(std::string_view name) const {
  return parse_number(text(name)).value_or(0);
}

std::uint64_t Args::bytes(std::string_view name) const {
  return parse_bytes(text(name)).value_or(0);
}

std::chrono::milliseconds Args::duration(std::string_view name) const {
  return parse_duration(text(name)).value_or(std::chrono::milliseconds(0));
}

}  // namespace hug::cli
