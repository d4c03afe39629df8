#include "text/tokenize/unicode/regex.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace hug;

namespace {

std::vector<std::string> matches(std::string_view pattern,
                                 std::string_view text) {
  auto regex = text::Regex::compile(pattern);
  REQUIRE(regex.has_value());
  text::Matcher matcher(*regex);
  std::vector<std::string> out;
  for (std::size_t from = 0; from < text.size();) {
    auto m = matcher.find(text, from);
    REQUIRE(m.has_value());
    if (!*m) break;
    out.emplace_back(text.substr((*m)->begin, (*m)->end - (*m)->begin));
    from = (*m)->end;
  }
  return out;
}

}  // namespace

TEST_CASE("regex: \\s is White_Space, without U+180E") {
  CHECK(matches("\\s+", "a \t\xc2\x85z\xe1\xa0\x8ez") ==
        std::vector<std::string>{" \t\xc2\x85"});
  CHECK(matches("[^\\s]+", " a\xe1\xa0\x8ez ") ==
        std::vector<std::string>{"a\xe1\xa0\x8ez"});
  CHECK(matches("\\s+(?!\\S)", "a   b") == std::vector<std::string>{"  "});
}

TEST_CASE("regex: classes are intersected as in Oniguruma") {
  // Letters but Han.
  CHECK(matches("[\\p{L}&&[^\\p{Han}]]+", "ab\xe4\xbd\xa0z") ==
        std::vector<std::string>{"ab", "z"});
  CHECK(matches("[a-z&&[^aeiou]]+", "hello") ==
        std::vector<std::string>{"h", "ll"});
}

TEST_CASE("regex: nested classes are a union") {
  CHECK(matches("[ab[xy]]+", "axbyz") == std::vector<std::string>{"axby"});
  CHECK(matches("[^a[b]]+", "abcd") == std::vector<std::string>{"cd"});
}

TEST_CASE("regex: cases fold as in Unicode") {
  CHECK(matches("(?i:'s)", "'S '\xc5\xbf") ==
        std::vector<std::string>{"'S", "'\xc5\xbf"});
}

TEST_CASE("regex: literal text has no operators") {
  auto regex = text::Regex::literal("a.b*\n");
  REQUIRE(regex.has_value());
  text::Matcher matcher(*regex);
  auto m = matcher.find("axb a.b*\n", 0);
  REQUIRE(m.has_value());
  REQUIRE(m->has_value());
  CHECK((*m)->begin == 4);
}

TEST_CASE("regex: a pattern that does not compile is an error, not a crash") {
  for (const char* bad : {"(", "[a", "a\\", "\\p{Nonsense}", "(?<n>"}) {
    const auto regex = text::Regex::compile(bad);
    REQUIRE_FALSE(regex.has_value());
    CHECK(regex.error().code() == Code::kUnsupported);
  }
}

TEST_CASE("regex: exponential patterns end in kLimit") {
  auto regex = text::Regex::compile("(x+x+)+[yz]");
  REQUIRE(regex.has_value());
  text::Matcher matcher(*regex);
  const std::string text(200, 'x');
  const auto m = matcher.find(text, 0);
  REQUIRE_FALSE(m.has_value());
  CHECK(m.error().code() == Code::kLimit);
}
