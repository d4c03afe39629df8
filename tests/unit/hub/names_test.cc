#include "hub/names.h"

#include <doctest/doctest.h>

#include "hub/git/oid.h"
#include "hub/git/pointer.h"

using namespace hug::hub;

TEST_CASE("names: the Hub's rules for users and repos") {
  for (const char* good : {"a", "alice", "A-b.c_d", "0", "bert-base.v1"}) {
    CHECK_MESSAGE(is_valid_name(good), good);
  }
  for (const char* bad : {"", "-a", "a-", ".a", "a.", "a--b", "a..b", "a.git",
                          "a/b", "a b", "\xc3\xa9", "..", "a\n", "~a"}) {
    CHECK_MESSAGE(!is_valid_name(bad), bad);
  }
  CHECK(is_valid_name(std::string(96, 'x')));
  CHECK(!is_valid_name(std::string(97, 'x')));
  CHECK(is_reserved_namespace("API"));
  CHECK(!is_reserved_namespace("alice"));
}

TEST_CASE("names: paths in repos stay inside and are storable everywhere") {
  for (const char* good : {"a", "a/b/c.txt", ".gitattributes", "a..b",
                           ".github/x", "a b#%?", "\xc3\xbc.txt", "x:y"}) {
    CHECK_MESSAGE(check_repo_path(good).has_value(), good);
  }
  for (const char* bad :
       {"", "/a", "a//b", "a/", "./a", "a/./b", "..", "../a", "a/../b",
        ".git/config", "a/.GIT/x", "a\\b", "a\nb", "\x7f", "\xff"}) {
    CHECK_MESSAGE(!check_repo_path(bad).has_value(), bad);
  }
  CHECK(!check_repo_path(std::string("a\0b", 3)).has_value());
  CHECK(check_repo_path(std::string(255, 'x')).has_value());
  CHECK(!check_repo_path(std::string(256, 'x')).has_value());
}

TEST_CASE("names: refs as git allows them") {
  for (const char* good : {"main", "a/b", "v1.0", "refs/pr/1", "x@y"}) {
    CHECK_MESSAGE(is_valid_ref_name(good), good);
  }
  for (const char* bad :
       {"",     "@",      "HEAD", "-a",   "a..b", "a/",    "/a",
        "a//b", "a.lock", ".a",   "a/.b", "a b",  "a~1",   "a^",
        "a:b",  "a?",     "a*",   "a[",   "a\\b", "a@{1}", "a."}) {
    CHECK_MESSAGE(!is_valid_ref_name(bad), bad);
  }
}

TEST_CASE("pointer: written and read back, nothing else is one") {
  const LfsPointer pointer{std::string(64, 'a'), 1048576};
  const std::string text = format_pointer(pointer);
  CHECK(text.size() == 132);
  const auto back = parse_pointer(text);
  REQUIRE(back);
  CHECK(back->oid == pointer.oid);
  CHECK(back->size == pointer.size);
  CHECK(!parse_pointer(text + "more\n"));
  CHECK(!parse_pointer(text.substr(0, 60)));
  CHECK(!parse_pointer(text + text));
  CHECK(
      !parse_pointer("version https://git-lfs.github.com/spec/v1\n"
                     "oid sha256:" +
                     std::string(64, 'A') + "\nsize 1\n"));
  CHECK(
      !parse_pointer("version https://git-lfs.github.com/spec/v1\n"
                     "oid sha256:" +
                     std::string(64, 'a') + "\nsize 99999999999999999999\n"));
}

TEST_CASE("oid: what git says of the same content") {
  // git hash-object of "hello\n", and of the empty tree.
  CHECK(object_id(ObjectType::kBlob, "hello\n").hex() ==
        "ce013625030ba8dba906f756967f9e9ca394464a");
  CHECK(object_id(ObjectType::kTree, "").hex() ==
        "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  CHECK(!Oid::parse("xyz"));
  CHECK(!Oid::parse(std::string(40, 'A')));
}
