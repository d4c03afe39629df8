// The script a character is written in, as the UnicodeScripts pre-tokenizer
// sees it.
#pragma once

namespace hug::text {

/// Space: belongs to whatever stands beside it.
inline constexpr int kAnyScript = -1;

/// A number for the script; Hiragana, Katakana and U+30FC count as Han.
int script_of(char32_t c);

}  // namespace hug::text
