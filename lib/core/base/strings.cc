#include "base/strings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/checked.h"

namespace hug::base {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto r = std::from_chars(text.data(), end, value);
  if (text.empty() || r.ec != std::errc() || r.ptr != end) return {};
  return value;
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (true) {
    const auto n = text.find(separator);
    out.push_back(text.substr(0, n));
    if (n == text.npos) return out;
    text.remove_prefix(n + 1);
  }
}

std::string join(const std::vector<std::string>& parts,
                 std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string replace_all(std::string_view text, std::string_view from,
                        std::string_view to) {
  std::string out;
  while (!from.empty()) {
    const auto n = text.find(from);
    if (n == text.npos) break;
    out += text.substr(0, n);
    out += to;
    text.remove_prefix(n + from.size());
  }
  return out += text;
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  return parse_number<std::uint64_t>(text);
}

std::optional<std::int64_t> parse_signed(std::string_view text) {
  return parse_number<std::int64_t>(text);
}

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  constexpr std::string_view kUnits = "kMGTPE";
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  // 999.95 would print as 1000.0.
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                 value, std::chars_format::fixed, 1)
                       .ptr;
  return std::string(buffer.data(), end) + ' ' + kUnits[unit] + 'B';
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  text = trim(text);
  const auto digits = text.find_first_not_of("0123456789.");
  std::string_view unit = text.substr(std::min(digits, text.size()));
  double value = 0;
  const char* end = text.data() + text.size() - unit.size();
  const auto r =
      std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (r.ec != std::errc() || r.ptr != end || text.size() == unit.size()) {
    return {};
  }
  unit = trim(unit);
  if (!unit.empty() && (unit.back() == 'B' || unit.back() == 'b')) {
    unit.remove_suffix(1);
  }
  if (!unit.empty()) {
    const auto power = std::string_view("kmgtpe").find(lower(unit[0]));
    const bool binary = unit.size() == 2 && lower(unit[1]) == 'i';
    if (power == std::string_view::npos || (unit.size() > 1 && !binary)) {
      return {};
    }
    value *= std::pow(binary ? 1024.0 : 1000.0, static_cast<double>(power + 1));
  }
  if (value >= 18446744073709549568.0) return {};
  return static_cast<std::uint64_t>(value);
}

bool parse_flag(std::string_view text) {
  for (const auto word : {"1", "on", "yes", "true"}) {
    if (equal_ignoring_case(text, word)) return true;
  }
  return false;
}

}  // namespace hug::base
