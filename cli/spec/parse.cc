#include "spec/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <set>

#include "hug/text.h"
#include "spec/globals.h"
#include "spec/suggest.h"

namespace hug::cli {

namespace {

constexpr std::string_view kPositionals = "_";

Error usage(std::string message) {
  return {Code::kUsage, std::move(message)};
}

const Command* find_child(const Command& command, std::string_view name) {
  for (const Command* child : command.children) {
    if (child->name == name) return child;
    if (std::ranges::find(child->aliases, name) != child->aliases.end()) {
      return child;
    }
  }
  return nullptr;
}

bool answers_to(const Option& option, std::string_view name) {
  return option.name == name || (!option.also.empty() && option.also == name);
}

// The options of one command: its own, then the global ones it does not
// shadow.
class Vocabulary {
 public:
  explicit Vocabulary(const Command& command) {
    for (const Option& option : command.options)
      options_.push_back(&option);
    for (const Option& global : global_options()) {
      const bool shadowed = std::ranges::any_of(
          command.options,
          [&](const Option& o) { return o.name == global.name; });
      if (!shadowed) options_.push_back(&global);
    }
  }

  const std::vector<const Option*>& options() const { return options_; }

  // Options win their letters in order, so a command's -h hides the global.
  bool owns_letter(const Option& option) const {
    for (const Option* other : options_) {
      if (other->letter == option.letter) return other == &option;
    }
    return false;
  }

  const Option* find_long(std::string_view name) const {
    for (const Option* option : options_) {
      if (option->kind == Kind::kPositional) continue;
      if (answers_to(*option, name)) return option;
      if (option->negation && name.starts_with("no-") &&
          answers_to(*option, name.substr(3))) {
        return option;
      }
    }
    return nullptr;
  }

  const Option* find_letter(char letter) const {
    for (const Option* option : options_) {
      if (letter != 0 && option->letter == letter) return option;
    }
    return nullptr;
  }

  std::vector<std::string> long_names() const {
    std::vector<std::string> names;
    for (const Option* option : options_) {
      if (option->kind == Kind::kPositional || option->hidden) continue;
      names.push_back("--" + std::string(option->name));
    }
    return names;
  }

 private:
  std::vector<const Option*> options_ = {};
};

Error unknown_option(const Vocabulary& vocabulary, std::string_view name) {
  const auto near = nearest(name, vocabulary.long_names());
  return usage("no such option '" + std::string(name) + "'" +
               did_you_mean(near));
}

// ------------------------------------------------------------ walk the path

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
  if (option == nullptr) return unknown_option(vocabulary, name);
  if (option->name == "help") {
    walk.help = true;
    return {};
  }
  walk.front.push_back(word);
  const bool value_follows = option->kind == Kind::kValue &&
                             (is_long ? name == word : word.size() == 2);
  if (value_follows) {
    if (walk.next == words.size()) {
      return usage("option '" + name + "' needs a value");
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
  return usage("no such command '" + path_text(walk.path) + ' ' + word + "'" +
               did_you_mean(nearest(word, names)));
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

// ------------------------------------------------------ prepare for CLI11

// CLI11 takes the next word for the value of "--name=", does not tell unknown
// options from arguments, and knows nothing of commands whose last argument
// is a foreign command line. So the words are prepared: split at '=', checked,
// and marked with "--" where only arguments follow.
class Preparation {
 public:
  Preparation(const Vocabulary& vocabulary, std::size_t literal_after)
      : vocabulary_(vocabulary), literal_after_(literal_after) {}

  Result<std::vector<std::string>> run(const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string& word = words[i];
      const bool marked = word == "--";
      if (marked || (positionals_ > 0 && positionals_ == literal_after_)) {
        if (!marked) out_.emplace_back("--");
        out_.insert(out_.end(), words.begin() + static_cast<std::ptrdiff_t>(i),
                    words.end());
        break;
      }
      if (word.size() < 2 || word[0] != '-') {
        out_.push_back(word);
        ++positionals_;
        continue;
      }
      const bool wants_next = HUG_TRY(
          word.starts_with("--") ? take_long(word) : take_letters(word));
      if (!wants_next) continue;
      if (i + 1 == words.size()) {
        return usage("option '" + word + "' needs a value");
      }
      out_.push_back(words[++i]);
    }
    return std::move(out_);
  }

 private:
  // Both yield whether the next word is the option's value.
  Result<bool> take_long(const std::string& word) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Option* option = vocabulary_.find_long(name.substr(2));
    if (option == nullptr) return unknown_option(vocabulary_, name);
    const bool value = option->kind == Kind::kValue;
    if (equals == word.npos) {
      out_.push_back(word);
      return value;
    }
    if (!value) return usage("option '" + name + "' takes no value");
    out_.push_back(name);
    out_.push_back(word.substr(equals + 1));
    return false;
  }

  Result<bool> take_letters(const std::string& word) {
    out_.push_back(word);
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Option* option = vocabulary_.find_letter(word[i]);
      if (option == nullptr) {
        return unknown_option(vocabulary_, "-" + word.substr(i, 1));
      }
      if (option->kind == Kind::kValue) return i + 1 == word.size();
    }
    return false;
  }

  const Vocabulary& vocabulary_;
  std::size_t literal_after_;
  std::size_t positionals_ = 0;
  std::vector<std::string> out_ = {};
};

std::string cli11_names(const Vocabulary& vocabulary, const Option& option) {
  std::string names = "--" + std::string(option.name);
  if (!option.also.empty()) names += ",--" + std::string(option.also);
  if (option.letter != 0 && vocabulary.owns_letter(option)) {
    names += std::string(",-") + option.letter;
  }
  if (option.negation) {
    names += ",!--no-" + std::string(option.name);
    if (!option.also.empty()) names += ",!--no-" + std::string(option.also);
  }
  return names;
}

using Raw = std::map<std::string, std::vector<std::string>, std::less<>>;

void declare(CLI::App& app, const Vocabulary& vocabulary) {
  for (const Option* option : vocabulary.options()) {
    if (option->kind == Kind::kPositional) continue;
    const std::string names = cli11_names(vocabulary, *option);
    CLI::Option* made = option->kind == Kind::kFlag ? app.add_flag(names)
                                                    : app.add_option(names);
    made->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    made->allow_extra_args(false);
  }
}

Result<Raw> cut(const Vocabulary& vocabulary,
                const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  try {
    declare(app, vocabulary);
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::Error& error) {
    return usage(error.what());
  }
  Raw raw;
  for (const Option* option : vocabulary.options()) {
    if (option->kind == Kind::kPositional) continue;
    const CLI::Option* made =
        app.get_option_no_throw("--" + std::string(option->name));
    if (made != nullptr && made->count() > 0) {
      raw[std::string(option->name)] = made->results();
    }
  }
  auto rest = app.remaining();
  // The first "--" is the mark, not an argument.
  if (const auto mark = std::ranges::find(rest, "--"); mark != rest.end()) {
    rest.erase(mark);
  }
  raw[std::string(kPositionals)] = std::move(rest);
  return raw;
}

// -------------------------------------------------------------------- check

std::string spoken(const Option& option) {
  return option.kind == Kind::kPositional ? std::string(option.value)
                                          : "--" + std::string(option.name);
}

bool is_integer(std::string_view text) {
  constexpr double kExact = 9007199254740992.0;
  const auto number = parse_number(text);
  return number && std::floor(*number) == *number &&
         std::fabs(*number) <= kExact &&
         text.find_first_not_of("-0123456789") == text.npos;
}

std::string_view wrong_type(Type type, std::string_view text) {
  switch (type) {
    case Type::kInteger:
      return is_integer(text) ? "" : "a whole number";
    case Type::kNumber:
      return parse_number(text) ? "" : "a number";
    case Type::kBytes:
      return parse_bytes(text) ? "" : "a size such as 8MiB or 1.5G";
    case Type::kDuration:
      return parse_duration(text) ? "" : "a time such as 90, 10s or 5m";
    case Type::kText:
    case Type::kPath:
      return "";
  }
  return "";
}

Result<void> check_value(const Option& option, const std::string& value) {
  if (!option.choices.empty() && !option.open_choices &&
      std::ranges::find(option.choices, value) == option.choices.end()) {
    std::string names;
    for (std::string_view choice : option.choices) {
      names += (names.empty() ? "'" : ", '") + std::string(choice) + "'";
    }
    return usage("invalid value for '" + spoken(option) + "': '" + value +
                 "' is not one of " + names);
  }
  if (const auto wanted = wrong_type(option.type, value); !wanted.empty()) {
    return usage("invalid value for '" + spoken(option) + "': '" + value +
                 "' is not " + std::string(wanted));
  }
  if (option.type == Type::kInteger &&
      *parse_number(value) < static_cast<double>(option.minimum)) {
    return usage("invalid value for '" + spoken(option) + "': " + value +
                 " is less than " + std::to_string(option.minimum));
  }
  return {};
}

}  // namespace

// Fills Args; a class so that only it may.
class Parser {
 public:
  static Result<void> fill(Args& args, const Vocabulary& vocabulary, Raw raw,
                           const Variables& variables) {
    std::vector<std::string> rest = std::move(raw[std::string(kPositionals)]);
    raw.erase(std::string(kPositionals));
    args.values_ = std::move(raw);
    HUG_TRY(place_positionals(args, rest));
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
    return usage(option.kind == Kind::kPositional
                     ? "missing argument '" + std::string(option.value) + "'"
                     : "missing option '" + spoken(option) + "'");
  }

  static Result<void> place_positionals(Args& args,
                                        std::vector<std::string>& rest) {
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
      return usage("unexpected argument '" + rest[next] + "'");
    }
    return {};
  }
};

std::string path_text(const std::vector<const Command*>& path) {
  std::string text;
  for (const Command* command : path) {
    if (!text.empty()) text += ' ';
    text += command->name;
  }
  return text;
}

namespace {

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
  const auto prepared =
      HUG_TRY(Preparation(vocabulary, command.literal_after).run(words));
  std::vector<std::string> all = std::move(walk.front);
  all.insert(all.end(), prepared.begin(), prepared.end());
  Raw raw = HUG_TRY(cut(vocabulary, all));
  if (raw.contains("help")) {
    parsed.outcome = Parsed::Outcome::kHelp;
    return parsed;
  }
  HUG_TRY(Parser::fill(parsed.args, vocabulary, std::move(raw), variables));
  return parsed;
}

}  // namespace

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
