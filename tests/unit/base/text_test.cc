#include <doctest/doctest.h>

#include "base/base.h"

using namespace hug::base;

TEST_CASE("hash: digests equal the published ones") {
  // FIPS 180-4 examples; git's id of an empty blob and of "hello\n".
  CHECK(sha256_hex(std::string_view("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex(std::string_view()) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(git_blob_id("") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  CHECK(git_blob_id("hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a");
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST_CASE("hex: only whole lower-case digests are path-safe") {
  CHECK(is_lower_hex("00ff", 4));
  CHECK_FALSE(is_lower_hex("00FF", 4));
  CHECK_FALSE(is_lower_hex("../f", 4));
  CHECK_FALSE(is_lower_hex("00f", 4));
  CHECK(to_hex(from_hex("00fFa9").value()) == "00ffa9");
  CHECK_FALSE(from_hex("0"));
  CHECK_FALSE(from_hex("0g"));
}

// Every row is what Python 3.11's fnmatch.fnmatchcase answers.
TEST_CASE("fnmatch: matches as Python does") {
  struct Row {
    const char* text;
    const char* pattern;
    bool matches;
  };

  for (const Row& r : {
           Row{"a/b/c.txt", "*.txt", true},
           Row{"a/b/c.txt", "a/*", true},
           Row{"abc", "a?c", true},
           Row{"aéc", "a?c", true},
           Row{"a.bin", "*.[bc]in", true},
           Row{"a.bin", "*.[!bc]in", false},
           Row{"a.din", "*.[!bc]in", true},
           Row{"a]b", "a[]]b", true},
           Row{"a[b", "a[b", true},
           Row{"a5", "a[0-9]", true},
           Row{"ab", "a[z-a]", false},
           Row{"", "*", true},
           Row{"", "?", false},
           Row{"A", "a", false},
           Row{"a\nb", "a*b", true},
           Row{"aaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*c", false},
           Row{"x-y", "x[a-]y", true},
           Row{"a\\b", "a\\b", true},
       }) {
    CAPTURE(r.text);
    CAPTURE(r.pattern);
    CHECK(fnmatch(r.text, r.pattern) == r.matches);
  }
}

TEST_CASE("utf8: what is broken is seen, replaced and escaped") {
  CHECK(is_valid_utf8("aé日😀"));
  for (const char* broken : {"\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80",
                             "\xe2\x82", "\xf4\x90\x80\x80"}) {
    CHECK_FALSE(is_valid_utf8(broken));
  }
  CHECK(to_valid_utf8("a\xff"
                      "b") ==
        "a\xef\xbf\xbd"
        "b");
  CHECK(escape_for_terminal("a\x1b[31m\xe2\x80\xae\xff é") ==
        "a\\x1b[31m\\u202e\\xff é");
}

TEST_CASE("time: the Hub's and HTTP's dates go both ways") {
  const auto t = parse_iso("2026-07-26T09:30:05.120Z");
  REQUIRE(t.has_value());
  CHECK(t->time_since_epoch().count() == 1785058205120);
  CHECK(format_iso(*t) == "2026-07-26T09:30:05.120Z");
  CHECK(format_http(*t) == "Sun, 26 Jul 2026 09:30:05 GMT");
  CHECK(parse_http("Sun, 26 Jul 2026 09:30:05 GMT") ==
        parse_iso("2026-07-26T11:30:05+02:00"));
  CHECK_FALSE(parse_iso("2026-02-30T00:00:00Z"));
  CHECK_FALSE(parse_iso("2026-07-26"));
  CHECK_FALSE(parse_http("Sun, 26 Foo 2026 09:30:05 GMT"));
}

TEST_CASE("strings: sizes, numbers and flags are strict") {
  CHECK(format_bytes(999) == "999 B");
  CHECK(format_bytes(999'950'000) == "1.0 GB");
  CHECK(format_bytes(1'940'000'000) == "1.9 GB");
  CHECK(parse_bytes("8MiB") == 8u << 20);
  CHECK(parse_bytes("1.5G") == 1'500'000'000u);
  CHECK(parse_bytes("200k") == 200'000u);
  CHECK_FALSE(parse_bytes("12 parsecs"));
  CHECK_FALSE(parse_bytes("-1"));
  CHECK_FALSE(parse_bytes(""));
  CHECK_FALSE(parse_bytes("99999999999E"));
  CHECK_FALSE(parse_unsigned("+1"));
  CHECK_FALSE(parse_unsigned("18446744073709551616"));
  CHECK(parse_signed("-5") == -5);
  CHECK(parse_flag("True"));
  CHECK_FALSE(parse_flag("2"));
  CHECK(split("a,,b", ',').size() == 3);
  CHECK(replace_all("aXbX", "X", "--") == "a--b--");
}

TEST_CASE("secret: cannot be printed, and logs do not leak it") {
  static_assert(!std::is_convertible_v<Secret, std::string>);
  Secret token("hf_abcdefghij");
  Secret moved = std::move(token);
  CHECK(token.empty());  // NOLINT(bugprone-use-after-move): it is wiped
  CHECK(moved.reveal() == "hf_abcdefghij");
  CHECK(redact("token hf_abcDEF123, done") == "token hf_***, done");
  CHECK(redact("Authorization: Bearer abc.def") == "Authorization: Bearer ***");
  CHECK(redact("https://u:p@host/x?X-Amz-Signature=a1b2&y=1") ==
        "https://***@host/x?X-Amz-Signature=***&y=1");
  CHECK(redact("half_baked") == "half_baked");
}
