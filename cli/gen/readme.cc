// The README's tables.
#include "gen/gen.h"
#include "spec/help.h"

namespace hug::cli {

namespace {

std::string commands_table(const Command& root) {
  std::string text = "| command | what it does |\n|---|---|\n";
  for (const Command* child : root.children) {
    if (child->hidden) continue;
    std::string names;
    for (const Command* leaf : child->children) {
      if (leaf->hidden) continue;
      names += (names.empty() ? " (" : ", ") + std::string(leaf->name);
    }
    if (!names.empty()) names += ')';
    text += "| `hug " + std::string(child->name) + "` | " +
            std::string(child->summary.substr(0, child->summary.size() - 1)) +
            names + " |\n";
  }
  return text;
}

std::string exits_table() {
  std::string text = "| status | meaning |\n|---|---|\n";
  for (const ExitRow& row : exit_table()) {
    text += "| " + std::to_string(row.status) + " | " +
            std::string(row.meaning) + " |\n";
  }
  return text;
}

void replace_part(std::string& text, const std::string& name,
                  const std::string& part) {
  const std::string begin = "<!-- begin " + name + " -->\n";
  const std::string end = "<!-- end " + name + " -->";
  const auto from = text.find(begin);
  const auto to = text.find(end);
  if (from == text.npos || to == text.npos || to < from) return;
  text.replace(from + begin.size(), to - from - begin.size(), part);
}

}  // namespace

std::string readme_with_tables(const Command& root, std::string readme) {
  replace_part(readme, "commands", commands_table(root));
  replace_part(readme, "exits", exits_table());
  return readme;
}

}  // namespace hug::cli
