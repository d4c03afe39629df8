#include "cmd/sizes.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace hug::cli::cmd {

namespace {

std::string tenths(double value, const char* before, const char* unit) {
  char text[64];
  const int n =
      std::snprintf(text, sizeof text, "%.1f%s%s", value, before, unit);
  return {text, static_cast<std::size_t>(std::max(n, 0))};
}

}  // namespace

std::string listing_size(std::uint64_t bytes, SizeStyle style) {
  if (style == SizeStyle::kExact) return std::to_string(bytes);
  if (bytes < 1000) return std::to_string(bytes) + " B";
  static constexpr const char* kUnits[] = {"KB", "MB", "GB", "TB", "PB"};
  double size = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (size >= 1000 && unit + 1 < std::size(kUnits)) {
    size /= 1000;
    ++unit;
  }
  return tenths(size, " ", kUnits[unit]);
}

std::string short_size(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"", "K", "M", "G", "T", "P", "E"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= 1000 && unit + 1 < std::size(kUnits)) {
    size /= 1000;
    ++unit;
  }
  return tenths(size, "", kUnits[unit]);
}

}  // namespace hug::cli::cmd
