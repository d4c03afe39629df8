#include "hub/git/git_rules.h"

#include <doctest/doctest.h>

#include "hub/git/oid.h"

using namespace hug::hub;

TEST_CASE("glob: as git's patterns") {
  struct Row {
    const char* pattern;
    const char* text;
    bool match;
  };

  const Row rows[] = {{"*.bin", "a.bin", true},
                      {"*.bin", "a/b.bin", false},
                      {"a?c", "abc", true},
                      {"a?c", "a/c", false},
                      {"**/x", "x", true},
                      {"**/x", "a/b/x", true},
                      {"a/**", "a/b/c", true},
                      {"a/**", "a", false},
                      {"a/**/b", "a/b", true},
                      {"a/**/b", "a/x/y/b", true},
                      {"a/**/b", "a/xb", false},
                      {"a**b", "axxb", true},
                      {"a**b", "a/b", false},
                      {"[a-c]x", "bx", true},
                      {"[!a-c]x", "bx", false},
                      {"[^a]", "b", true},
                      {"[]x]", "]", true},
                      {"[[:space:]]", " ", true},
                      {"[[:digit:]]*", "7up", true},
                      {"\\*", "*", true},
                      {"\\*", "a", false},
                      {"[abc", "[abc", true},
                      {"*tfevents*", "a.tfevents.1", true},
                      {"saved_model/**/*", "saved_model/x/y", true}};
  for (const Row& row : rows) {
    CHECK_MESSAGE(Glob(row.pattern).matches(row.text) == row.match,
                  row.pattern << " on " << row.text);
  }
}

TEST_CASE("glob: a hostile pattern takes linear time") {
  std::string pattern;
  for (int i = 0; i < 500; ++i)
    pattern += "*a";
  CHECK(!Glob(pattern + "b").matches(std::string(5000, 'a')));
}

TEST_CASE("attributes: the last rule that matches decides") {
  const LfsRules rules(
      "*.bin filter=lfs diff=lfs merge=lfs -text\n"
      "# *.txt filter=lfs\n"
      "\"a b.txt\" filter=lfs\n"
      "sub/*.dat filter=lfs\r\n"
      "keep.bin -filter\n"
      "*.png text\n");
  CHECK(rules.covers("x.bin"));
  CHECK(rules.covers("deep/er/x.bin"));
  CHECK(!rules.covers("deep/keep.bin"));
  CHECK(rules.covers("a b.txt"));
  CHECK(rules.covers("sub/x.dat"));
  CHECK(!rules.covers("other/sub/x.dat"));
  CHECK(!rules.covers("x.png"));
}

TEST_CASE("attributes: a line for one path covers it whatever its name") {
  for (const char* path : {"a b.gguf", "w*?[1].bin", "#x", "d/e f", "!y"}) {
    const LfsRules rules(with_lfs_rule("*.x filter=lfs", path));
    CHECK_MESSAGE(rules.covers(path), path);
    CHECK(rules.covers("1.x"));
    CHECK(!rules.covers("w-other.bin"));
  }
}

TEST_CASE("attributes: new repos hold what the Hub's hold") {
  // The ids that the Hub shows for untouched repos.
  CHECK(object_id(ObjectType::kBlob, default_attributes(RepoKind::kModel))
            .hex() == "a6344aac8c09253b3b630fb776ae94478aa0275b");
  CHECK(object_id(ObjectType::kBlob, default_attributes(RepoKind::kDataset))
            .hex() == "bed0738c7eeb449bca98b5d2f33c89a1ee56349a");
}

TEST_CASE("ignore: folders, anchors, and what is taken back") {
  const IgnoreRules rules(
      "*.tmp\n!keep.tmp\nbuild/\n/root.txt\na/*.log\n\n# c\n");
  CHECK(rules.ignores("x.tmp"));
  CHECK(rules.ignores("d/x.tmp"));
  CHECK(!rules.ignores("keep.tmp"));
  CHECK(rules.ignores("build/keep.tmp"));
  CHECK(rules.ignores("src/build/x"));
  CHECK(!rules.ignores("build"));
  CHECK(rules.ignores("root.txt"));
  CHECK(!rules.ignores("d/root.txt"));
  CHECK(rules.ignores("a/b.log"));
  CHECK(!rules.ignores("a/b/c.log"));
}
