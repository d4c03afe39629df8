// What the tokenizers library's older tables do not know of today's Unicode.
#pragma once

namespace hug::text {

bool is_young_nonspacing(char32_t c);
bool is_young_mark(char32_t c);
bool is_young_other(char32_t c);
bool is_young_punctuation(char32_t c);
bool is_young_composite(char32_t c);  ///< is left as it is by normal forms

}  // namespace hug::text
