#include "spec/suggest.h"

#include <algorithm>
#include <numeric>

namespace hug::cli {

namespace {

// Damerau-Levenshtein with adjacent swaps, on bytes.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + cost});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::size_t score(std::string_view typed, std::string_view name) {
  // A name that goes on where the user stopped is nearer than a misspelling.
  if (typed.size() >= 3 && name.starts_with(typed)) return 1;
  return distance(typed, name);
}

}  // namespace

std::vector<std::string> nearest(std::string_view typed,
                                 const std::vector<std::string>& candidates) {
  struct Match {
    std::size_t score;
    const std::string* name;
  };

  std::vector<Match> matches;
  const std::size_t limit = std::max<std::size_t>(2, typed.size() / 3);
  for (const std::string& name : candidates) {
    const std::size_t points = score(typed, name);
    if (points <= limit && points < std::max(typed.size(), name.size())) {
      matches.push_back({points, &name});
    }
  }
  std::stable_sort(
      matches.begin(), matches.end(),
      [](const Match& a, const Match& b) { return a.score < b.score; });
  std::vector<std::string> names;
  for (const Match& match : matches) {
    if (names.size() < 2) names.push_back(*match.name);
  }
  return names;
}

std::string did_you_mean(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  std::string text = " (did you mean '" + names[0] + "'";
  if (names.size() > 1) text += " or '" + names[1] + "'";
  return text + "?)";
}

}  // namespace hug::cli
