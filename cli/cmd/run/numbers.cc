#include "cmd/run/numbers.h"

#include <array>
#include <charconv>

namespace hug::cli::cmd {

std::string rounded(double value, int decimals) {
  std::array<char, 400> text{};
  const auto r = std::to_chars(text.data(), text.data() + text.size(), value,
                               std::chars_format::fixed, decimals);
  return r.ec == std::errc() ? std::string(text.data(), r.ptr) : "";
}

}  // namespace hug::cli::cmd
