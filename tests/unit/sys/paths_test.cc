#include "sys/paths.h"

#include <doctest/doctest.h>

using namespace hug;
using namespace hug::sys;

// What the Python client's own function refuses and accepts, and what is
// refused here on top of it.
TEST_CASE("paths: names from outside cannot lead outside") {
  using namespace std::string_literals;
  for (const std::string& bad :
       {".."s, "../x"s, "a/../../x"s, "a\\..\\x"s, "/etc/passwd"s, "//h/s/x"s,
        "C:\\x"s, "C:x"s, "b:"s, "a:b"s, "a/C:/x"s, "a/b:"s, "\\x"s, "a/\\b"s,
        "\\\\h\\s\\x"s, "\\\\?\\C:\\x"s,
        // ours
        ""s, "."s, "./a"s, "a//b"s, "a/./b"s, "a/"s, "a\0b"s, "a\nb"s, "a\x7f"s,
        ".git/config"s, "x/.GIT/hooks"s, std::string(256, 'a'),
        std::string(5000, 'a')}) {
    CAPTURE(bad);
    const auto got = check_file_name(bad);
    REQUIRE_FALSE(got);
    CHECK(got.error().code() == Code::kDenied);
  }
  for (const std::string& good :
       {"a..b"s, "..."s, "a/.../b"s, "a/.. /b"s, ".hidden"s, "~/x"s, "ab:c"s,
        "file.txt:"s, "1:x"s, "CON"s, ".gitattributes"s, "d/ü.bin"s,
        std::string(255, 'a')}) {
    CAPTURE(good);
    CHECK(check_file_name(good).value() == good);
  }
  CHECK(check_file_name("a\\b").value() == "a/b");
  CHECK(check_file_name(".git/config", true));
  CHECK_FALSE(odd_file_name("a/CON.txt").empty());
  CHECK_FALSE(odd_file_name("a /b").empty());
  CHECK_FALSE(odd_file_name("com1").empty());
  CHECK(odd_file_name("a/console").empty());
}

TEST_CASE("paths: revisions and etags are safe as names") {
  for (const char* good : {"main", "refs/pr/12", "v1.0-rc_2", "feature/a.b"}) {
    CHECK(check_revision(good));
  }
  for (const char* bad :
       {"",     "../x",   "a..b", "/a",  "a/",    "a//b", ".a",
        "a/.b", "x.lock", "a b",  "a~1", "a^",    "a:b",  "a?",
        "a*",   "a[b",    "a\\b", "@",   "a@{1}", "a.",   "a\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(check_revision(bad));
  }
  CHECK(etag_file_name("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391") ==
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  CHECK(etag_file_name("../../x").size() == 64);
  CHECK(etag_file_name("").size() == 64);
  CHECK(etag_file_name("a.b").size() == 64);
}

TEST_CASE("paths: names that some file systems take for one are reported") {
  CHECK(colliding_names({"a", "b", "A/x"}).empty());
  CHECK(colliding_names({"Readme", "README"}).size() == 1);
  // The same letter, composed and decomposed.
  CHECK(colliding_names({"\u00fc", "u\u0308"}).size() == 1);
}
