#include "text/tokenize/unicode/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>

#include "base/utf8.h"
#include "text/tokenize/unicode/unicode_age.h"

namespace hug::text {

namespace {

utf8proc_category_t category(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

bool in(utf8proc_category_t c, utf8proc_category_t first,
        utf8proc_category_t last) {
  return c >= first && c <= last;
}

}  // namespace

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
  return c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
         c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_number(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return in(category(c), UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO);
}

bool is_punctuation(char32_t c) {
  return in(category(c), UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PO) &&
         !is_young_punctuation(c);
}

bool is_mark(char32_t c) {
  if (c < 0x300) return false;
  return in(category(c), UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_ME) &&
         !is_young_mark(c);
}

bool is_nonspacing_mark(char32_t c) {
  return c >= 0x300 && category(c) == UTF8PROC_CATEGORY_MN &&
         !is_young_nonspacing(c);
}

bool is_other(char32_t c) {
  return in(category(c), UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CO) &&
         !is_young_other(c);
}

bool is_word(char32_t c) {
  if (c < 0x80) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_';
  }
  const auto k = category(c);
  if (in(k, UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_ND)) return true;
  if (k == UTF8PROC_CATEGORY_NL || k == UTF8PROC_CATEGORY_PC) return true;
  // The rest of Other_Alphabetic (circled letters), and the joiners.
  return (c >= 0x24b6 && c <= 0x24e9) || (c >= 0x1f130 && c <= 0x1f149) ||
         (c >= 0x1f150 && c <= 0x1f169) || (c >= 0x1f170 && c <= 0x1f189) ||
         c == 0x200c || c == 0x200d;
}

bool is_cjk(char32_t c) {
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
         (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b73f) ||
         (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

void append_lower(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return;
  }
  if (c == 0x130) {  // the one character whose lower case is two
    out += "i\xcc\x87";
    return;
  }
  base::append_code_point(out, static_cast<char32_t>(utf8proc_tolower(
                                   static_cast<utf8proc_int32_t>(c))));
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  });
}

namespace {

std::string normalize_known(std::string_view text, NormalForm form) {
  const bool compose = form == NormalForm::kNfc || form == NormalForm::kNfkc;
  const bool compat = form == NormalForm::kNfkc || form == NormalForm::kNfkd;
  const auto options = static_cast<utf8proc_option_t>(
      (compose ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
      (compat ? UTF8PROC_COMPAT : 0));
  std::vector<utf8proc_int32_t> points(text.size() * 2 + 16);
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto n = utf8proc_decompose(
      bytes, static_cast<utf8proc_ssize_t>(text.size()), points.data(),
      static_cast<utf8proc_ssize_t>(points.size()), options);
  if (n > static_cast<utf8proc_ssize_t>(points.size())) {
    points.resize(static_cast<std::size_t>(n));
    n = utf8proc_decompose(bytes, static_cast<utf8proc_ssize_t>(text.size()),
                           points.data(), n, options);
  }
  if (n < 0) return std::string(text);  // not UTF-8: callers checked
  n = utf8proc_normalize_utf32(points.data(), n, options);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    base::append_code_point(out, static_cast<char32_t>(points[i]));
  }
  return out;
}

}  // namespace

std::optional<NormalForm> find_normal_form(std::string_view name) {
  if (name == "NFC") return NormalForm::kNfc;
  if (name == "NFD") return NormalForm::kNfd;
  if (name == "NFKC") return NormalForm::kNfkc;
  if (name == "NFKD") return NormalForm::kNfkd;
  return std::nullopt;
}

std::string normalize(std::string_view text, NormalForm form) {
  if (is_ascii(text)) return std::string(text);
  std::string out;
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t here = i;
    if (!is_young_composite(next_char(text, i))) continue;
    out += normalize_known(text.substr(done, here - done), form);
    out += text.substr(here, i - here);
    done = i;
  }
  return out += normalize_known(text.substr(done), form);
}

bool is_normalization_boundary(char32_t c) {
  if (c < 0x300) return true;
  const auto* p = utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
  if (p->combining_class != 0) return false;
  // Second halves of compositions: marks of class 0, Hangul vowels and finals.
  return !is_mark(c) && !(c >= 0x1160 && c <= 0x11ff);
}

std::vector<std::size_t> grapheme_ends(std::string_view text) {
  std::vector<std::size_t> out;
  if (text.empty()) return out;
  utf8proc_int32_t state = 0;
  std::size_t at = 0;
  char32_t previous = next_char(text, at);
  while (at < text.size()) {
    const std::size_t before = at;
    const char32_t c = next_char(text, at);
    if (utf8proc_grapheme_break_stateful(
            static_cast<utf8proc_int32_t>(previous),
            static_cast<utf8proc_int32_t>(c), &state)) {
      out.push_back(before);
    }
    previous = c;
  }
  out.push_back(text.size());
  return out;
}

namespace {

// Length of the maximal subpart of a broken sequence at the start of `s`.
std::size_t broken_size(std::string_view s) {
  const auto byte = [&](std::size_t i) {
    return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u;
  };
  const unsigned lead = byte(0);
  if (lead < 0xc2 || lead > 0xf4) return 1;
  unsigned low = 0x80;
  unsigned high = 0xbf;
  if (lead == 0xe0) low = 0xa0;
  if (lead == 0xed) high = 0x9f;
  if (lead == 0xf0) low = 0x90;
  if (lead == 0xf4) high = 0x8f;
  if (byte(1) < low || byte(1) > high) return 1;
  if (lead < 0xe0) return 1;
  if ((byte(2) & 0xc0) != 0x80 || lead < 0xf0) return 2;
  return 3;
}

}  // namespace

std::string decode_lossy(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    std::size_t next = i;
    const char32_t c = base::next_code_point(bytes, next);
    if (c >= 0xd800 && c < 0xe000) {
      out += "\xef\xbf\xbd";
      i += broken_size(bytes.substr(i));
    } else {
      out += bytes.substr(i, next - i);
      i = next;
    }
  }
  return out;
}

}  // namespace hug::text
