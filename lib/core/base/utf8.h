// UTF-8: stepping, validity, and what is safe to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hug::base {

/// The code point at `at`, which moves behind it. A byte that begins no valid
/// sequence yields 0xDC00 + byte (as Python's surrogateescape). Requires
/// at < text.size().
char32_t next_code_point(std::string_view text, std::size_t& at);
void append_code_point(std::string& out, char32_t c);
/// RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF.
bool is_valid_utf8(std::string_view text);
/// Invalid bytes replaced by U+FFFD.
std::string to_valid_utf8(std::string_view text);
/// Control, bidirectional, zero-width and unassigned code points as \xNN,
/// \uNNNN or \UNNNNNNNN, so that text from outside cannot steer a terminal.
std::string escape_for_terminal(std::string_view text);

}  // namespace hug::base
