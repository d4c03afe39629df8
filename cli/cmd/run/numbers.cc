#include "cmd/run/numbers.h"

#include <array>
#include <charconv>

namespace hug::cli::cmd {

Result<std::vector<std::size_t>> parse_counts(std::string_view text,
                                              std::string_view option) {
  constexpr std::size_t kMost = std::size_t{1} << 30;
  std::vector<std::size_t> out;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(','));
    std::size_t n = 0;
    const auto r = std::from_chars(word.data(), word.data() + word.size(), n);
    if (r.ec != std::errc() || r.ptr != word.data() + word.size() ||
        n > kMost) {
      return Error(Code::kUsage, "'" + std::string(word) +
                                     "' is no number of tokens for --" +
                                     std::string(option))
          .hint("Give numbers, separated by commas: 0,8192.");
    }
    out.push_back(n);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return out;
}

std::string rounded(double value, int decimals) {
  std::array<char, 400> text{};
  const auto r = std::to_chars(text.data(), text.data() + text.size(), value,
                               std::chars_format::fixed, decimals);
  return r.ec == std::errc() ? std::string(text.data(), r.ptr) : "";
}

}  // namespace hug::cli::cmd
