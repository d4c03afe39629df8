// The one command tree. A command is a constexpr value; the parser, --help, the
// man pages, the completions, the README's table and `hug help --json` are all
// made from it, so nothing about a command is written twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "hug/result.h"

namespace hug::cli {

class App;
class Args;

enum class Kind : std::uint8_t {
  kFlag,        // --name
  kValue,       // --name VALUE
  kPositional,  // VALUE
};

/// What a value must be; checked while parsing.
enum class Type : std::uint8_t {
  kText,
  kInteger,
  kIntegers,  // 0,8192
  kNumber,    // finite
  kBytes,     // 8MiB, 1.5G, 200k
  kDuration,  // 90, 10s, 5m, 2h, 7d
  kPath,
};

/// What a shell may offer in a value's place.
enum class Complete : std::uint8_t {
  kNothing,
  kChoices,  // the option's choices
  kFile,
  kFolder,
  kRepo,      // repos in the cache
  kRevision,  // of the repo named before
  kModel,     // local model files and repos in the cache
  kToken,     // names of stored tokens
  kCommand,   // a command path
};

using Words = std::span<const std::string_view>;

/// Maximum of counts that nothing but memory bounds: they fit in an int.
inline constexpr double kMany = 2147483647;

struct Option {
  /// Long name without dashes; of positionals the key for Args.
  std::string_view name = {};
  char letter = 0;             // -x
  std::string_view also = {};  // a second long name
  Kind kind = Kind::kFlag;
  Type type = Type::kText;
  std::string_view value = {};  // metavar, upper case
  /// One sentence with a full stop.
  std::string_view help = {};
  Words choices = {};
  bool open_choices = false;       // others are accepted too
  std::string_view fallback = {};  // default, as typed
  bool required = false;
  bool many = false;      // may be repeated; of positionals: the rest
  bool negation = false;  // --no-name too
  bool hidden = false;
  /// Both ends of what numbers may be, of each of several; of kBytes in bytes,
  /// of kDuration in seconds. Numbers must say it.
  double minimum = 0;
  double maximum = 0;
  Complete complete = Complete::kNothing;
  std::string_view group = {};  // heading in help; "Options" when empty
  std::string_view env = {};    // variable that gives the default
};

struct Example {
  std::string_view line = {};  // as typed, without the prompt
  std::string_view says = {};  // a clause; may be empty
};

struct Command;
using Children = std::span<const Command* const>;

struct Command {
  std::string_view name = {};
  Words aliases = {};
  /// One sentence with a full stop.
  std::string_view summary = {};
  /// Paragraphs, separated by an empty line; may be empty.
  std::string_view details = {};
  std::span<const Option> options = {};
  std::span<const Example> examples = {};
  Words see_also = {};  // command paths: "cache verify"
  Children children = {};
  /// Section of the root's help: Get, Share, Run, Make, Keep, Serve, More.
  std::string_view section = {};
  bool hidden = false;
  /// After this many positionals everything is taken as it is (0: never).
  std::size_t literal_after = 0;
  /// With required positionals and no arguments at all: help, not an error.
  Result<void> (*run)(App& app, const Args& args) = nullptr;

  constexpr bool group() const { return !children.empty(); }
};

// ------------------------------------------------------------- static checks

constexpr bool is_lower_word(std::string_view text) {
  for (char c : text) {
    const bool ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
    if (!ok) return false;
  }
  return !text.empty();
}

constexpr bool ends_sentence(std::string_view text) {
  return !text.empty() && text.back() == '.';
}

constexpr bool has_range(const Option& option) {
  return option.maximum > option.minimum;
}

constexpr bool well_formed(const Option& option) {
  if (!is_lower_word(option.name) || !ends_sentence(option.help)) return false;
  if (!option.also.empty() && !is_lower_word(option.also)) return false;
  const bool flag = option.kind == Kind::kFlag;
  if (flag && (!option.value.empty() || option.many)) return false;
  if (!flag && option.value.empty()) return false;
  if (!flag && option.negation) return false;
  if (option.kind == Kind::kPositional && option.letter != 0) return false;
  const bool numbers = option.type == Type::kInteger ||
                       option.type == Type::kIntegers ||
                       option.type == Type::kNumber;
  const bool words = option.type == Type::kText || option.type == Type::kPath;
  if ((numbers && !has_range(option)) || (words && has_range(option))) {
    return false;
  }
  return option.complete != Complete::kChoices || !option.choices.empty();
}

constexpr bool same_name(const Option& a, const Option& b) {
  if (a.letter != 0 && a.letter == b.letter) return true;
  return a.name == b.name || (!a.also.empty() && a.also == b.name) ||
         (!b.also.empty() && b.also == a.name);
}

/// Names are words and unique, helps are sentences, positionals in an order
/// that can be parsed, examples there for whatever runs.
constexpr bool well_formed(const Command& command) {
  if (!is_lower_word(command.name) || !ends_sentence(command.summary)) {
    return false;
  }
  if (command.group() == (command.run != nullptr)) return false;
  bool optional_seen = false;
  bool rest_seen = false;
  for (std::size_t i = 0; i < command.options.size(); ++i) {
    const Option& option = command.options[i];
    if (!well_formed(option)) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (same_name(option, command.options[j])) return false;
    }
    if (option.kind != Kind::kPositional) continue;
    if (rest_seen || (option.required && optional_seen)) return false;
    optional_seen = optional_seen || !option.required;
    rest_seen = option.many;
  }
  return command.run == nullptr || command.hidden || !command.examples.empty();
}

}  // namespace hug::cli
