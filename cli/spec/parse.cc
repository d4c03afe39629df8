#include "spec/parse.h"

#include <algorithm>

#include "spec/check_value.h"
#include "spec/cut.h"
#include "spec/suggest.h"
#include "spec/vocabulary.h"

namespace hug::cli {

// Fills Args; a class so that only it may.
class Parser {
 public:
  static Result<void> fill(Args& args, const Vocabulary& vocabulary, Cut words,
                           const Variables& variables) {
    args.values_ = std::move(words.options);
    HUG_TRY(place_positionals(args, words.arguments));
    for (const Option* option : vocabulary.options()) {
      const auto at = args.values_.find(option->name);
      if (at == args.values_.end()) {
        if (option->required) return missing(*option);
        HUG_TRY_WITH(take_variable(args, *option, variables),
                     "reading " + std::string(option->env));
        continue;
      }
      if (option->kind == Kind::kFlag) continue;
      for (const std::string& value : at->second) {
        HUG_TRY(check_value(*option, value));
      }
    }
    return {};
  }

  static void set_path(Args& args, std::string path) {
    args.path_ = std::move(path);
  }

 private:
  static Result<void> take_variable(Args& args, const Option& option,
                                    const Variables& variables) {
    if (option.env.empty() || !variables) return {};
    std::string value = variables(option.env);
    if (value.empty()) return {};
    HUG_TRY(check_value(option, value));
    args.values_[std::string(option.name)] = {std::move(value)};
    return {};
  }

  static Error missing(const Option& option) {
    return usage_error(option.kind == Kind::kPositional
                           ? "missing argument '" + std::string(option.value) +
                                 "'"
                           : "missing option '" + spoken(option) + "'");
  }

  static Result<void> place_positionals(Args& args,
                                        const std::vector<std::string>& rest) {
    std::size_t next = 0;
    for (const Option& option : args.command().options) {
      if (option.kind != Kind::kPositional || next >= rest.size()) continue;
      auto& values = args.values_[std::string(option.name)];
      values.push_back(rest[next++]);
      while (option.many && next < rest.size()) {
        values.push_back(rest[next++]);
      }
    }
    if (next < rest.size()) {
      return usage_error("unexpected argument '" + rest[next] + "'");
    }
    return {};
  }
};

namespace {

const Command* find_child(const Command& command, std::string_view name) {
  for (const Command* child : command.children) {
    if (child->name == name) return child;
    if (std::ranges::find(child->aliases, name) != child->aliases.end()) {
      return child;
    }
  }
  return nullptr;
}

struct Walk {
  std::vector<const Command*> path = {};
  std::vector<std::string> front = {};  // global options before the command
  std::size_t next = 0;                 // first word behind the path
  bool help = false;
};

Result<void> take_front_option(const std::vector<std::string>& words,
                               Walk& walk) {
  const Vocabulary vocabulary(*walk.path.back());
  const std::string& word = words[walk.next++];
  const bool is_long = word.starts_with("--");
  const std::string name = word.substr(0, word.find('='));
  const Option* option = is_long ? vocabulary.find_long(name.substr(2))
                                 : vocabulary.find_letter(word[1]);
  if (option == nullptr) return vocabulary.unknown(name);
  if (option->name == "help") {
    walk.help = true;
    return {};
  }
  walk.front.push_back(word);
  const bool value_follows = option->kind == Kind::kValue &&
                             (is_long ? name == word : word.size() == 2);
  if (value_follows) {
    if (walk.next == words.size()) {
      return usage_error("option '" + name + "' needs a value");
    }
    walk.front.push_back(words[walk.next++]);
  }
  return {};
}

Error unknown_command(const Walk& walk, const std::string& word) {
  std::vector<std::string> names;
  for (const Command* child : walk.path.back()->children) {
    if (child->hidden) continue;
    names.emplace_back(child->name);
    for (std::string_view alias : child->aliases)
      names.emplace_back(alias);
  }
  return usage_error("no such command '" + path_text(walk.path) + ' ' + word +
                     "'" + did_you_mean(nearest(word, names)));
}

Result<void> walk_path(const std::vector<std::string>& words, Walk& walk) {
  while (walk.path.back()->group() && walk.next < words.size()) {
    const std::string& word = words[walk.next];
    if (word.size() > 1 && word[0] == '-' && word != "--") {
      HUG_TRY(take_front_option(words, walk));
      continue;
    }
    const Command* child = find_child(*walk.path.back(), word);
    if (child == nullptr) return unknown_command(walk, word);
    walk.path.push_back(child);
    ++walk.next;
  }
  return {};
}

bool wants_help(const Vocabulary& vocabulary,
                const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") return false;
    if (word == "--help") return true;
    const Option* letter = vocabulary.find_letter('h');
    if (word == "-h" && letter != nullptr && letter->name == "help") {
      return true;
    }
  }
  return false;
}

bool needs_arguments(const Command& command) {
  return std::ranges::any_of(command.options, [](const Option& option) {
    return option.kind == Kind::kPositional && option.required;
  });
}

Result<Parsed> parse_leaf(Walk walk, std::vector<std::string> words,
                          const Variables& variables) {
  const Command& command = *walk.path.back();
  const Vocabulary vocabulary(command);
  Parsed parsed{.path = walk.path, .args = Args(command)};
  std::string path = path_text(walk.path);
  const auto space = path.find(' ');
  Parser::set_path(parsed.args,
                   space == path.npos ? path : path.substr(space + 1));
  const bool bare = words.empty() && needs_arguments(command);
  if (walk.help || bare || wants_help(vocabulary, words)) {
    parsed.outcome = Parsed::Outcome::kHelp;
    return parsed;
  }
  Cut given = HUG_TRY(
      cut(vocabulary, std::move(walk.front), words, command.literal_after));
  if (given.options.contains("help")) {
    parsed.outcome = Parsed::Outcome::kHelp;
    return parsed;
  }
  HUG_TRY(Parser::fill(parsed.args, vocabulary, std::move(given), variables));
  return parsed;
}

}  // namespace

std::string path_text(const std::vector<const Command*>& path) {
  std::string text;
  for (const Command* command : path) {
    if (!text.empty()) text += ' ';
    text += command->name;
  }
  return text;
}

Result<Parsed> parse(const Command& root, const std::vector<std::string>& words,
                     const Variables& variables) {
  Walk walk{.path = {&root}};
  auto fail = [&](Error error) {
    return std::move(error).hint("run '" + path_text(walk.path) +
                                 " --help' for all it takes");
  };
  if (auto walked = walk_path(words, walk); !walked) {
    return fail(std::move(walked).error());
  }
  if (walk.path.back()->group()) {
    return Parsed{.outcome = walk.help ? Parsed::Outcome::kHelp
                                       : Parsed::Outcome::kGroupAlone,
                  .path = walk.path,
                  .args = Args(*walk.path.back())};
  }
  std::vector<std::string> rest(
      words.begin() + static_cast<std::ptrdiff_t>(walk.next), words.end());
  auto parsed = parse_leaf(walk, std::move(rest), variables);
  if (!parsed) return fail(std::move(parsed).error());
  return parsed;
}

}  // namespace hug::cli
