#include "spec/help.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "cmd/cmd.h"
#include "gen/gen.h"
#include "hug/text.h"
#include "out/value.h"

using namespace hug;
using namespace hug::cli;

namespace {

std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    // Examples are typed as they are.
    if (line.find("$ ") == line.npos) {
      widest = std::max(widest, display_width(line));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return widest;
}

void check_pages(std::vector<const Command*> path) {
  if (path.size() > 1) {
    CHECK_MESSAGE(widest_line(help_page(path, {.width = 80})) <= 80,
                  path.back()->name);
  }
  for (const Command* child : path.back()->children) {
    auto below = path;
    below.push_back(child);
    check_pages(below);
  }
}

}  // namespace

TEST_CASE("help: the overview fits on a screen") {
  const std::string page = overview(cmd::kRoot, {.width = 80});
  CHECK(std::ranges::count(page, '\n') <= 60);
  CHECK(widest_line(page) <= 80);
}

TEST_CASE("help: every page keeps within the terminal") {
  check_pages({&cmd::kRoot});
}

TEST_CASE("help: wrapping breaks at blanks and indents") {
  CHECK(wrap("aaaa bbbb cccc", 34, 10) == "aaaa bbbb cccc");
  CHECK(wrap("aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb", 34, 10) ==
        "aaaaaaaaaaaaaaaa\n          bbbbbbbbbbbbbbbb");
}

TEST_CASE("help: the tree is JSON with every visible command") {
  const auto tree = Value::parse(tree_json(cmd::kRoot));
  REQUIRE(tree.has_value());
  std::size_t visible = 0;
  for (const Command* child : cmd::kRoot.children) {
    visible += child->hidden ? 0 : 1;
  }
  CHECK((*tree)["commands"].items().size() == visible);
  CHECK((*tree)["exit_statuses"].items().size() == 14);
}

TEST_CASE("gen: a manual page a visible command, all in roff") {
  const auto pages = manual_pages(cmd::kRoot);
  CHECK(pages.contains("hug.1"));
  CHECK(pages.contains("hug-download.1"));
  CHECK(pages.contains("hug-exit-codes.7"));
  CHECK_FALSE(pages.contains("hug-__complete.1"));
  for (const auto& [name, text] : pages) {
    CHECK_MESSAGE(text.find(".TH ") != text.npos, name);
    CHECK_MESSAGE(text.find(".SH NAME") != text.npos, name);
  }
}

TEST_CASE("gen: the README's tables stand between their marks") {
  const std::string made = readme_with_tables(
      cmd::kRoot, "a\n<!-- begin exits -->\nold\n<!-- end exits -->\nz\n");
  CHECK(made.starts_with("a\n<!-- begin exits -->\n| status |"));
  CHECK(made.ends_with("<!-- end exits -->\nz\n"));
  CHECK(made.find("old") == made.npos);
}
