// Text as bytes: ASCII case, trimming, splitting, numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hug::base {

/// ASCII letters in lower case; other bytes stay.
std::string to_lower(std::string_view text);
/// Equal but for ASCII case.
bool equal_ignoring_case(std::string_view a, std::string_view b);
/// Without blanks (space, tab, CR, LF, FF, VT) on either side.
std::string_view trim(std::string_view text);
/// The parts between separators; one part when there is none.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts,
                 std::string_view separator);
std::string replace_all(std::string_view text, std::string_view from,
                        std::string_view to);

/// A decimal number without sign, blanks or leading '+'; nothing when it is
/// not one or does not fit.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);
std::optional<std::int64_t> parse_signed(std::string_view text);

/// "12.3 MB": SI units as the Hub shows them, bytes below 1000.
std::string format_bytes(std::uint64_t bytes);
/// "8MiB", "1.5G", "200k" (k, M, G, T are 1000s, with "i" 1024s; a final "B"
/// may follow) as bytes; nothing when it is not a size or does not fit.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// What HF_* variables take for true: 1, ON, YES, TRUE in any case.
bool parse_flag(std::string_view text);

}  // namespace hug::base
