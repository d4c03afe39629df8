#include "spec/vocabulary.h"

#include <algorithm>

#include "spec/globals.h"
#include "spec/suggest.h"

namespace hug::cli {

namespace {

bool answers_to(const Option& option, std::string_view name) {
  return option.name == name || (!option.also.empty() && option.also == name);
}

}  // namespace

Error usage_error(std::string message) {
  return {Code::kUsage, std::move(message)};
}

Vocabulary::Vocabulary(const Command& command) {
  for (const Option& option : command.options)
    options_.push_back(&option);
  for (const Option& global : global_options()) {
    const bool shadowed = std::ranges::any_of(
        command.options,
        [&](const Option& o) { return o.name == global.name; });
    if (!shadowed) options_.push_back(&global);
  }
}

bool Vocabulary::owns_letter(const Option& option) const {
  return find_letter(option.letter) == &option;
}

const Option* Vocabulary::find_long(std::string_view name) const {
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

const Option* Vocabulary::find_letter(char letter) const {
  for (const Option* option : options_) {
    if (letter != 0 && option->letter == letter) return option;
  }
  return nullptr;
}

Error Vocabulary::unknown(std::string_view name) const {
  std::vector<std::string> names;
  for (const Option* option : options_) {
    if (option->kind == Kind::kPositional || option->hidden) continue;
    names.push_back("--" + std::string(option->name));
  }
  return usage_error("no such option '" + std::string(name) + "'" +
                     did_you_mean(nearest(name, names)));
}

}  // namespace hug::cli
