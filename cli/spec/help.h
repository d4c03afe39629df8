// Help for people (text as wide as the terminal) and for programs (JSON).
#pragma once

#include <string>
#include <vector>

#include "spec/command.h"

namespace hug::cli {

/// How text is marked; both empty without colour.
struct HelpStyle {
  std::string_view strong = {};  // headings
  std::string_view plain = {};   // back to normal
  std::size_t width = 80;
};

/// One screen: what the program is, the commands by purpose, two examples.
std::string overview(const Command& root, const HelpStyle& style);
/// The page of one command or group.
std::string help_page(const std::vector<const Command*>& path,
                      const HelpStyle& style);
/// The whole tree as one JSON object, hidden commands left out.
std::string tree_json(const Command& root);

/// "download [OPTIONS] REPO [FILES...]", without the program's name.
std::string usage_line(const Command& command);
/// "-r, --revision REV" as help shows an option.
std::string option_term(const Option& option);
/// The help sentence with choices and default.
std::string option_help(const Option& option);

/// Text broken at blanks to `width`, lines after the first behind `indent`
/// blanks.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

/// A process exit status and when it is used.
struct ExitRow {
  int status;
  std::string_view meaning;  // a clause
};

std::span<const ExitRow> exit_table();

}  // namespace hug::cli
