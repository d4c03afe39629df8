// Manual pages in man(7) macros.
#include <algorithm>
#include <functional>

#include "gen/gen.h"
#include "hug/environment.h"
#include "hug/version.h"
#include "spec/globals.h"
#include "spec/help.h"
#include "spec/parse.h"

namespace hug::cli {

namespace {

// Dashes that are typed, backslashes, and lines that would be requests.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    line_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '"') {
      out += "\\(dq";
    } else {
      out += c;
    }
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  });
  return out;
}

class Man {
 public:
  Man(std::string_view name, int section, std::string_view summary) {
    text_ = ".\\\" Written by hug_gen from the command tree.\n.TH \"" +
            upper(roff(name)) + "\" \"" + std::to_string(section) +
            "\" \"\" \"hug " + std::string(version()) + "\" \"hug manual\"\n";
    head("NAME");
    std::string clause(summary);
    if (clause.ends_with('.')) clause.pop_back();
    line(roff(name) + " \\- " + roff(clause));
  }

  void head(std::string_view title) { line(".SH " + std::string(title)); }

  void sub(std::string_view title) { line(".SS " + std::string(title)); }

  void line(std::string_view text) {
    text_ += text;
    text_ += '\n';
  }

  void paragraphs(std::string_view text) {
    while (!text.empty()) {
      const auto end = text.find("\n\n");
      line(".PP");
      line(roff(text.substr(0, end)));
      text = end == text.npos ? "" : text.substr(end + 2);
    }
  }

  void item(std::string_view term, std::string_view text) {
    line(".TP");
    line("\\fB" + roff(term) + "\\fR");
    line(roff(text));
  }

  void example(const Example& example) {
    line(".PP");
    if (!example.says.empty()) line(roff(example.says) + ":");
    line(".PP\n.nf\n.RS 4");
    line(roff(example.line));
    line(".RE\n.fi");
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_ = {};
};

std::string trimmed(std::string text) {
  const auto start = text.find_first_not_of(' ');
  return text.substr(start == text.npos ? 0 : start);
}

void options(Man& man, std::span<const Option> list) {
  for (const Option& option : list) {
    if (option.hidden) continue;
    const bool positional = option.kind == Kind::kPositional;
    man.item(
        positional ? std::string(option.value) : trimmed(option_term(option)),
        option_help(option));
  }
}

std::string page_name(const std::string& path) {
  std::string name = path;
  std::ranges::replace(name, ' ', '-');
  return name;
}

void see_also(Man& man, const Command& command) {
  man.head("SEE ALSO");
  std::string text;
  for (std::string_view other : command.see_also) {
    text += "\\fBhug\\-" +
            roff(page_name(std::string(other.substr(0, other.find(' '))))) +
            "\\fR(1), ";
  }
  man.line(text +
           "\\fBhug\\fR(1), \\fBhug\\-exit\\-codes\\fR(7), "
           "\\fBhug\\-environment\\fR(7)");
}

void leaf_body(Man& man, const Command& command) {
  man.paragraphs(command.details);
  if (!command.options.empty()) options(man, command.options);
  for (const Example& example : command.examples)
    man.example(example);
}

// The commands of a group, each as a subsection.
void subcommands(Man& man, const Command& group, const std::string& path) {
  for (const Command* child : group.children) {
    if (child->hidden) continue;
    const std::string name = path + ' ' + std::string(child->name);
    if (child->group()) {
      subcommands(man, *child, name);
      continue;
    }
    std::string usage = usage_line(*child);
    man.sub("\"" + roff(path + ' ' + usage) + "\"");
    man.line(".PP");
    man.line(roff(child->summary));
    leaf_body(man, *child);
  }
}

std::string command_page(const Command& command) {
  const std::string name = "hug-" + std::string(command.name);
  Man man(name, 1, command.summary);
  man.head("SYNOPSIS");
  man.line("\\fBhug\\fR " + roff(usage_line(command)));
  man.head("DESCRIPTION");
  man.line(roff(command.summary));
  man.paragraphs(command.details);
  if (command.group()) {
    man.head("COMMANDS");
    subcommands(man, command, "hug " + std::string(command.name));
  } else {
    if (!command.options.empty()) man.head("OPTIONS");
    options(man, command.options);
    if (!command.examples.empty()) man.head("EXAMPLES");
    for (const Example& example : command.examples)
      man.example(example);
  }
  see_also(man, command);
  return man.take();
}

std::string root_page(const Command& root) {
  Man man(root.name, 1, root.summary);
  man.head("SYNOPSIS");
  man.line("\\fBhug\\fR [OPTIONS] COMMAND ...");
  man.head("DESCRIPTION");
  man.line(roff(root.summary));
  man.line(
      ".PP\nResults go to standard output, everything else to standard "
      "error. The options below may stand before or after the command.");
  man.head("COMMANDS");
  for (const Command* child : root.children) {
    if (child->hidden) continue;
    man.item("hug-" + std::string(child->name) + "(1)", child->summary);
  }
  man.head("OPTIONS");
  options(man, global_options());
  man.head("EXAMPLES");
  for (const Example& example : root.examples)
    man.example(example);
  man.head("SEE ALSO");
  man.line("\\fBhug\\-exit\\-codes\\fR(7), \\fBhug\\-environment\\fR(7)");
  return man.take();
}

std::string exit_page() {
  Man man("hug-exit-codes", 7, "exit statuses of hug.");
  man.head("DESCRIPTION");
  man.line(
      "Every command of \\fBhug\\fR(1) ends with one of these. Called as "
      "\\fBhf\\fR, the program ends with 0, 1 (any failure) or 2 (a "
      "command line that makes no sense), as that program does.");
  for (const ExitRow& row : exit_table()) {
    man.item(std::to_string(row.status), std::string(row.meaning) + ".");
  }
  man.head("SEE ALSO");
  man.line("\\fBhug\\fR(1)");
  return man.take();
}

std::string environment_page() {
  Man man("hug-environment", 7, "environment variables that hug reads.");
  man.head("DESCRIPTION");
  man.line(
      "Flags are on for 1, ON, YES and TRUE in any case. An empty "
      "variable counts as unset.");
  for (const EnvironmentVariable& variable : environment_variables()) {
    std::string text(variable.meaning);
    if (!variable.fallback.empty()) {
      text += " Default: " + std::string(variable.fallback) + '.';
    }
    if (!variable.older.empty()) {
      text += " Older names: " + std::string(variable.older) + '.';
    }
    if (variable.secret) text += " A secret: never shown.";
    man.item(variable.name, text);
  }
  man.head("SEE ALSO");
  man.line("\\fBhug\\fR(1)");
  return man.take();
}

}  // namespace

std::map<std::string, std::string> manual_pages(const Command& root) {
  std::map<std::string, std::string> pages;
  pages["hug.1"] = root_page(root);
  for (const Command* child : root.children) {
    if (child->hidden) continue;
    pages["hug-" + std::string(child->name) + ".1"] = command_page(*child);
  }
  pages["hug-exit-codes.7"] = exit_page();
  pages["hug-environment.7"] = environment_page();
  return pages;
}

}  // namespace hug::cli
