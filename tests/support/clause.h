// How errors and hints are worded.
#pragma once

#include <string_view>

namespace hug::test {

/// Something that can follow "hint: " or "error: ": it begins with no capital
/// (names all in capitals may) and ends with no full stop.
inline bool is_clause(std::string_view text) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  if (text.empty() || text.ends_with('.')) return false;
  return text[0] < 'A' || text[0] > 'Z' || text.size() < 2 ||
         !is_lower(text[1]);
}

}  // namespace hug::test
