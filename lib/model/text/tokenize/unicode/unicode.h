// What tokenizers ask about characters, over valid UTF-8: classes, case,
// normal forms, grapheme clusters. The tables are utf8proc's.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hug::text {

/// Decodes one character of valid UTF-8 and moves `at` behind it. Requires
/// at < text.size().
inline char32_t next_char(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  const char32_t lead = byte(at);
  if (lead < 0x80) {
    ++at;
    return lead;
  }
  if (lead < 0xe0) {
    at += 2;
    return ((lead & 0x1f) << 6) | (byte(at - 1) & 0x3f);
  }
  if (lead < 0xf0) {
    at += 3;
    return ((lead & 0xf) << 12) | ((byte(at - 2) & 0x3f) << 6) |
           (byte(at - 1) & 0x3f);
  }
  at += 4;
  return ((lead & 7) << 18) | ((byte(at - 3) & 0x3f) << 12) |
         ((byte(at - 2) & 0x3f) << 6) | (byte(at - 1) & 0x3f);
}

/// Bytes of the character that begins with `lead`.
inline std::size_t char_size(char lead) {
  const auto b = static_cast<unsigned char>(lead);
  return b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
}

bool is_space(char32_t c);            ///< property White_Space
bool is_number(char32_t c);           ///< category N*
bool is_punctuation(char32_t c);      ///< category P*
bool is_mark(char32_t c);             ///< category M*
bool is_nonspacing_mark(char32_t c);  ///< category Mn
bool is_other(char32_t c);            ///< category C* but unassigned
bool is_word(char32_t c);             ///< \w: alphabetic, M, Nd, Pc, joiners

/// The ideographs that BERT sets apart (not all that there are).
bool is_cjk(char32_t c);

/// Full lower-case mapping of one character.
void append_lower(std::string& out, char32_t c);

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };
/// By the name that tokenizer.json has: "NFC" ...
std::optional<NormalForm> find_normal_form(std::string_view name);
/// True when the text is ASCII, and so in every normal form.
bool is_ascii(std::string_view text);
std::string normalize(std::string_view text, NormalForm form);
/// True when a normal form may be computed separately for the text that
/// begins with `c`: it starts a sequence and never composes with what is
/// before it.
bool is_normalization_boundary(char32_t c);

/// Byte offsets at which extended grapheme clusters end, in order.
std::vector<std::size_t> grapheme_ends(std::string_view text);

/// Bytes that are not UTF-8 become U+FFFD, one for each maximal part of a
/// sequence (as Rust's from_utf8_lossy and Python's "replace" do).
std::string decode_lossy(std::string_view bytes);

}  // namespace hug::text
