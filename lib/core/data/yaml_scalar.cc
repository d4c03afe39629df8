#include "data/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "base/utf8.h"
#include "data/json.h"

namespace hug::data {

namespace {

using Json = nlohmann::ordered_json;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_null(std::string_view t) {
  return t.empty() || t == "~" || t == "null" || t == "Null" || t == "NULL";
}

template <class T>
bool read_whole(std::string_view text, int radix, T& out) {
  const char* end = text.data() + text.size();
  const auto r = std::from_chars(text.data(), end, out, radix);
  return !text.empty() && r.ec == std::errc() && r.ptr == end;
}

// [-+]?[0-9]+, 0o17 and 0xff.
bool read_integer(std::string_view t, Json& out) {
  std::uint64_t u = 0;
  if (t.starts_with("0o") && read_whole(t.substr(2), 8, u)) {
    out = u;
    return true;
  }
  if (t.starts_with("0x") && read_whole(t.substr(2), 16, u)) {
    out = u;
    return true;
  }
  const bool negative = t.starts_with('-');
  if (negative || t.starts_with('+')) t.remove_prefix(1);
  if (!std::all_of(t.begin(), t.end(), is_digit)) return false;
  if (!read_whole(t, 10, u)) return false;
  if (!negative) {
    out = u;
    return true;
  }
  if (u > std::uint64_t{1} << 63) return false;
  out = static_cast<std::int64_t>(0 - u);
  return true;
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool read_float(std::string_view t, Json& out) {
  if (t.starts_with('+')) t.remove_prefix(1);
  std::string_view body = t;
  if (body.starts_with('-')) body.remove_prefix(1);
  if (body.empty() || !(is_digit(body[0]) || body[0] == '.')) return false;
  if (std::none_of(body.begin(), body.end(), is_digit)) return false;
  double value = 0;
  const char* end = t.data() + t.size();
  const auto r = std::from_chars(t.data(), end, value);
  if (r.ec != std::errc() || r.ptr != end || !std::isfinite(value)) {
    return false;
  }
  out = value;
  return true;
}

constexpr std::array<std::string_view, 8> kWords = {
    "yes", "no", "on", "off", "y", "n", "true", "false"};

// Numbers, dates and times of any YAML version are made of these.
bool is_number_like(std::string_view t) {
  if (t.starts_with("0x") || t.starts_with("0o")) return true;
  const char first = t.front();
  if (!is_digit(first) && first != '+' && first != '-' && first != '.') {
    return false;
  }
  const bool plain = t.find_first_not_of("0123456789_.:+-eETZ ") == t.npos;
  const std::string lower = base::to_lower(t);
  return plain || lower.ends_with(".inf") || lower == ".nan";
}

// What YAML does not let stand in the open: controls, the breaks of YAML 1.1
// beyond ASCII, the byte order mark, code points that are none.
bool is_unprintable(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
         c == 0xfeff || (c >= 0xd800 && c < 0xe000) || c == 0xfffe ||
         c == 0xffff;
}

bool has_unprintable(std::string_view t) {
  for (std::size_t at = 0; at < t.size();) {
    if (is_unprintable(base::next_code_point(t, at))) return true;
  }
  return false;
}

}  // namespace

Json yaml_plain_value(const std::string& t) {
  if (is_null(t)) return nullptr;
  if (t == "true" || t == "True" || t == "TRUE") return true;
  if (t == "false" || t == "False" || t == "FALSE") return false;
  Json out;
  if (read_integer(t, out) || read_float(t, out)) return out;
  return t;
}

bool yaml_needs_quotes(std::string_view t) {
  if (is_null(t) || has_unprintable(t)) return true;
  const std::string_view kFirst = ",[]{}#&*!|>'\"%@`=<";
  if (kFirst.find(t.front()) != kFirst.npos) return true;
  const bool indicator =
      t.front() == '-' || t.front() == '?' || t.front() == ':';
  if (indicator && (t.size() == 1 || t[1] == ' ' || t[1] == '-')) return true;
  if (t.front() == ' ' || t.back() == ' ' || t.back() == ':') return true;
  if (t.find(": ") != t.npos || t.find(" #") != t.npos) return true;
  const std::string lower = base::to_lower(t);
  if (std::find(kWords.begin(), kWords.end(), lower) != kWords.end()) {
    return true;
  }
  return is_number_like(t);
}

std::string yaml_quoted(std::string_view text) {
  // JSON's strings are YAML's, but for what JSON does not escape.
  const std::string json = quote_json(text);
  std::string out;
  for (std::size_t at = 0; at < json.size();) {
    const char32_t c = base::next_code_point(json, at);
    if (!is_unprintable(c)) {
      base::append_code_point(out, c);
      continue;
    }
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
      out += "0123456789abcdef"[c >> shift & 15];
    }
  }
  return out;
}

}  // namespace hug::data
