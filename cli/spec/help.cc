#include "spec/help.h"

#include <algorithm>

#include "hug/text.h"
#include "spec/globals.h"
#include "spec/parse.h"
#include "spec/range.h"

namespace hug::cli {

namespace {

constexpr std::size_t kTermColumn = 28;

class Page {
 public:
  explicit Page(const HelpStyle& style) : style_(style) {}

  void heading(std::string_view text) {
    text_ += '\n';
    text_ += style_.strong;
    text_ += text;
    text_ += style_.plain;
    text_ += '\n';
  }

  void line(std::string_view text) {
    text_ += text;
    text_ += '\n';
  }

  void paragraph(std::string_view text, std::size_t indent) {
    text_ += std::string(indent, ' ');
    line(wrap(text, style_.width, indent));
  }

  // "  term      help", help below the term when that is long.
  void entry(std::string_view term, std::string_view help, std::size_t column) {
    text_ += "  ";
    text_ += term;
    std::size_t at = 2 + display_width(term);
    if (at + 2 > column) {
      text_ += '\n';
      at = 0;
    }
    text_ += std::string(column - at, ' ');
    line(wrap(help, style_.width, column));
  }

  std::string take() { return std::move(text_); }

 private:
  const HelpStyle& style_;
  std::string text_ = {};
};

std::string child_help(const Command& child) {
  std::string text(child.summary);
  if (child.aliases.empty()) return text;
  text += " Also: ";
  for (std::size_t i = 0; i < child.aliases.size(); ++i) {
    if (i > 0) text += ", ";
    text += child.aliases[i];
  }
  return text + '.';
}

void add_children(Page& page, const Command& command) {
  page.heading("Commands");
  std::size_t column = 12;
  for (const Command* child : command.children) {
    if (!child->hidden) column = std::max(column, child->name.size() + 4);
  }
  for (const Command* child : command.children) {
    if (!child->hidden) page.entry(child->name, child_help(*child), column);
  }
}

void add_options(Page& page, std::span<const Option> options,
                 std::string_view fallback_group) {
  std::vector<std::string_view> groups;
  for (const Option& option : options) {
    if (option.hidden || option.kind == Kind::kPositional) continue;
    const auto group = option.group.empty() ? fallback_group : option.group;
    if (std::ranges::find(groups, group) == groups.end()) {
      groups.push_back(group);
    }
  }
  for (std::string_view group : groups) {
    page.heading(group);
    for (const Option& option : options) {
      if (option.hidden || option.kind == Kind::kPositional) continue;
      if ((option.group.empty() ? fallback_group : option.group) != group) {
        continue;
      }
      page.entry(option_term(option), option_help(option), kTermColumn);
    }
  }
}

void add_arguments(Page& page, const Command& command) {
  bool any = false;
  for (const Option& option : command.options) {
    if (option.kind != Kind::kPositional || option.hidden) continue;
    if (!any) page.heading("Arguments");
    any = true;
    page.entry(option.value, option_help(option), kTermColumn);
  }
}

void add_examples(Page& page, const Command& command) {
  if (command.examples.empty()) return;
  page.heading("Examples");
  for (const Example& example : command.examples) {
    if (!example.says.empty()) page.line("  # " + std::string(example.says));
    page.line("  $ " + std::string(example.line));
  }
}

void add_details(Page& page, std::string_view details) {
  while (!details.empty()) {
    const auto end = details.find("\n\n");
    page.line("");
    page.paragraph(details.substr(0, end), 0);
    details = end == details.npos ? "" : details.substr(end + 2);
  }
}

void add_see_also(Page& page, const Command& command,
                  std::string_view program) {
  if (command.see_also.empty()) return;
  std::string text;
  for (std::string_view other : command.see_also) {
    if (!text.empty()) text += ", ";
    text += std::string(program) + ' ' + std::string(other);
  }
  page.heading("See also");
  page.paragraph(text, 2);
}

}  // namespace

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  const std::size_t limit = std::max(width, indent + 24);
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const auto start = text.find_first_not_of(" \n");
    if (start == text.npos) break;
    text.remove_prefix(start);
    const auto end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    const std::size_t size = display_width(word);
    if (column > indent && column + 1 + size > limit) {
      out += '\n';
      out += std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += size;
    text.remove_prefix(end);
  }
  return out;
}

std::string usage_line(const Command& command) {
  std::string text(command.name);
  if (command.group()) return text + " COMMAND ...";
  const bool options = std::ranges::any_of(
      command.options,
      [](const Option& o) { return o.kind != Kind::kPositional; });
  if (options) text += " [OPTIONS]";
  for (const Option& option : command.options) {
    if (option.kind != Kind::kPositional || option.hidden) continue;
    std::string term(option.value);
    if (option.many) term += "...";
    text += option.required ? ' ' + term : " [" + term + ']';
  }
  return text;
}

std::string option_term(const Option& option) {
  std::string term = option.letter != 0
                         ? std::string("-") + option.letter + ", "
                         : std::string("    ");
  term += option.negation ? "--[no-]" : "--";
  term += option.name;
  if (!option.also.empty()) term += ", --" + std::string(option.also);
  if (!option.value.empty()) term += ' ' + std::string(option.value);
  return term;
}

std::string option_help(const Option& option) {
  std::string text(option.help);
  if (!option.choices.empty()) {
    text += option.open_choices ? " Such as " : " One of ";
    for (std::size_t i = 0; i < option.choices.size(); ++i) {
      if (i > 0) text += ", ";
      text += option.choices[i];
    }
    text += '.';
  }
  if (const std::string range = range_text(option); !range.empty()) {
    text += " Takes " + range + '.';
  }
  if (!option.fallback.empty()) {
    text += " Default: " + std::string(option.fallback) + '.';
  }
  if (option.many && option.kind == Kind::kValue) text += " Repeatable.";
  if (!option.env.empty())
    text += " Variable: " + std::string(option.env) + '.';
  return text;
}

std::string overview(const Command& root, const HelpStyle& style) {
  Page page(style);
  page.line(root.summary);
  std::vector<std::string_view> sections;
  for (const Command* child : root.children) {
    if (child->hidden || child->section.empty()) continue;
    if (std::ranges::find(sections, child->section) == sections.end()) {
      sections.push_back(child->section);
    }
  }
  for (std::string_view section : sections) {
    page.heading(section);
    for (const Command* child : root.children) {
      if (child->section != section || child->hidden) continue;
      page.entry(child->name, child->summary, 14);
    }
  }
  add_examples(page, root);
  const std::string program(root.name);
  page.line("");
  page.line("'" + program + " COMMAND --help' tells all about a command, '" +
            program + " help' about this program.");
  return page.take();
}

std::string help_page(const std::vector<const Command*>& path,
                      const HelpStyle& style) {
  const Command& command = *path.back();
  Page page(style);
  std::vector<const Command*> above(path.begin(), path.end() - 1);
  const std::string prefix =
      above.empty() ? std::string() : path_text(above) + ' ';
  page.line("Usage: " + prefix + usage_line(command));
  page.line("");
  page.paragraph(command.summary, 0);
  add_details(page, command.details);
  if (command.group()) add_children(page, command);
  add_arguments(page, command);
  add_options(page, command.options, "Options");
  if (!command.group()) {
    std::vector<Option> rest;
    for (const Option& global : global_options()) {
      if (std::ranges::none_of(command.options, [&](const Option& o) {
            return o.name == global.name;
          })) {
        rest.push_back(global);
      }
    }
    add_options(page, rest, "Options");
  }
  add_examples(page, command);
  add_see_also(page, command, path.front()->name);
  // Some say what their own mean.
  if (!command.group() &&
      command.details.find("Exit status: ") == std::string_view::npos) {
    page.line("");
    page.paragraph(
        "Exit status: 0 when it worked, 2 for a command line that "
        "makes no sense; hug-exit-codes(7) has all of them.",
        0);
  }
  return page.take();
}

}  // namespace hug::cli
