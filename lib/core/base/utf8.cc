#include "base/utf8.h"

#include <array>

namespace hug::base {

namespace {

constexpr char32_t kEscapedByte = 0xdc00;

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

bool is_hostile(char32_t c) {
  struct Range {
    char32_t first;
    char32_t last;
  };

  static constexpr std::array<Range, 12> kRanges{{
      {0x00, 0x1f},       // C0 controls
      {0x7f, 0x9f},       // DEL and C1 controls
      {0xad, 0xad},       // soft hyphen
      {0x61c, 0x61c},     // Arabic letter mark
      {0x180e, 0x180e},   // Mongolian vowel separator
      {0x200b, 0x200f},   // zero width, direction marks
      {0x2028, 0x202e},   // line separators, bidirectional overrides
      {0x2060, 0x206f},   // invisible operators, isolates
      {0xd800, 0xdfff},   // broken bytes
      {0xfeff, 0xfeff},   // byte order mark
      {0xfff9, 0xfffb},   // annotation
      {0xe0000, 0xe0fff}  // tags
  }};
  for (const Range& r : kRanges) {
    if (c >= r.first && c <= r.last) return true;
  }
  return false;
}

std::string escaped(char32_t c) {
  if (c >= kEscapedByte + 0x80 && c <= kEscapedByte + 0xff) {
    c -= kEscapedByte;
  }
  const int digits = c <= 0xff ? 2 : c <= 0xffff ? 4 : 8;
  std::string out = digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U";
  for (int i = digits - 1; i >= 0; --i) {
    out += "0123456789abcdef"[(c >> (4 * i)) & 15];
  }
  return out;
}

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& at) {
  const unsigned lead = byte_at(text, at);
  if (lead < 0x80) {
    ++at;
    return lead;
  }
  const std::size_t size = lead >= 0xf0 && lead < 0xf5   ? 4
                           : lead >= 0xe0 && lead < 0xf0 ? 3
                           : lead >= 0xc2 && lead < 0xe0 ? 2
                                                         : 1;
  if (size == 1 || at + size > text.size()) {
    ++at;
    return kEscapedByte + lead;
  }
  char32_t c = lead & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const unsigned b = byte_at(text, at + i);
    if ((b & 0xc0) != 0x80) {
      ++at;
      return kEscapedByte + lead;
    }
    c = (c << 6) | (b & 0x3f);
  }
  static constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800,
                                                        0x10000};
  if (c < kSmallest[size] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
    ++at;
    return kEscapedByte + lead;
  }
  at += size;
  return c;
}

void append_code_point(std::string& out, char32_t c) {
  const auto put = [&](char32_t b) { out += static_cast<char>(b); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | (c >> 6));
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3f));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = next_code_point(text, i);
    if (c >= 0xd800 && c < 0xe000) return false;
  }
  return true;
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = next_code_point(text, i);
    append_code_point(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
  }
  return out;
}

std::string escape_for_terminal(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = next_code_point(text, i);
    if (is_hostile(c)) {
      out += escaped(c);
    } else {
      append_code_point(out, c);
    }
  }
  return out;
}

}  // namespace hug::base
