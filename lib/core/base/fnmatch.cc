#include "base/fnmatch.h"

#include <optional>

#include "base/utf8.h"

namespace hug::base {

namespace {

// The end of a set that starts at `at` ('['), or nothing: then '[' is literal.
std::optional<std::size_t> set_end(std::string_view p, std::size_t at) {
  std::size_t j = at + 1;
  if (j < p.size() && p[j] == '!') ++j;
  if (j < p.size() && p[j] == ']') ++j;
  while (j < p.size() && p[j] != ']')
    ++j;
  if (j >= p.size()) return std::nullopt;
  return j;
}

bool in_set(char32_t c, std::string_view body) {
  const bool negated = !body.empty() && body[0] == '!';
  if (negated) body.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < body.size();) {
    const char32_t low = next_code_point(body, i);
    char32_t high = low;
    if (i + 1 < body.size() && body[i] == '-') {
      ++i;
      high = next_code_point(body, i);
    }
    // An empty range (high < low) matches nothing, as in Python.
    if (c >= low && c <= high) found = true;
  }
  return found != negated;
}

// Matches one element at p[j] against the code point at t[i]; moves both.
bool match_one(std::string_view t, std::size_t& i, std::string_view p,
               std::size_t& j) {
  if (i >= t.size()) return false;
  const char32_t c = next_code_point(t, i);
  if (p[j] == '?') {
    ++j;
    return true;
  }
  if (p[j] == '[') {
    if (const auto end = set_end(p, j)) {
      const auto body = p.substr(j + 1, *end - j - 1);
      j = *end + 1;
      return in_set(c, body);
    }
  }
  return next_code_point(p, j) == c;
}

}  // namespace

bool fnmatch(std::string_view text, std::string_view pattern) {
  std::size_t i = 0;
  std::size_t j = 0;
  std::optional<std::size_t> star;  // pattern behind the last '*'
  std::size_t retry = 0;            // text where that '*' tries next
  while (i < text.size() || j < pattern.size()) {
    if (j < pattern.size() && pattern[j] == '*') {
      star = ++j;
      retry = i;
      continue;
    }
    std::size_t ni = i;
    std::size_t nj = j;
    if (j < pattern.size() && match_one(text, ni, pattern, nj)) {
      i = ni;
      j = nj;
      continue;
    }
    if (!star || retry >= text.size()) return false;
    next_code_point(text, retry);
    i = retry;
    j = *star;
  }
  return true;
}

}  // namespace hug::base
