// Text from outside made safe to show, and sizes as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hug/export.h"

namespace hug {

/// Control, bidirectional, zero-width and unassigned code points as \xNN,
/// \uNNNN or \UNNNNNNNN, and bytes that are no UTF-8 as well, so that a name
/// from a server cannot steer a terminal.
HUG_EXPORT std::string escape_for_terminal(std::string_view text);
/// Invalid UTF-8 replaced by U+FFFD.
HUG_EXPORT std::string to_valid_utf8(std::string_view text);
/// The next code point, at `at`, which moves behind it; 0xDC00 + byte for a
/// byte that begins no valid sequence. Requires at < text.size().
HUG_EXPORT char32_t next_code_point(std::string_view text, std::size_t& at);
/// Columns a terminal needs for the text: two for wide characters, none for
/// combining ones. Escape sequences are not understood.
HUG_EXPORT std::size_t display_width(std::string_view text);

/// "12.3 MB": SI units as the Hub shows them, bytes below 1000.
HUG_EXPORT std::string format_bytes(std::uint64_t bytes);
/// "8MiB", "1.5G", "200k" (k, M, G, T are 1000s, with "i" 1024s; a final "B"
/// may follow) as bytes; nothing when it is not a size or does not fit.
HUG_EXPORT std::optional<std::uint64_t> parse_bytes(std::string_view text);
/// Python's fnmatch: '*' (also across '/'), '?', '[seq]', '[!seq]'.
HUG_EXPORT bool matches_pattern(std::string_view pattern,
                                std::string_view text);

}  // namespace hug
