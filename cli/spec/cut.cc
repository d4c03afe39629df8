#include "spec/cut.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace hug::cli {

namespace {

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
        return usage_error("option '" + word + "' needs a value");
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
    if (option == nullptr) return vocabulary_.unknown(name);
    const bool value = option->kind == Kind::kValue;
    if (equals == word.npos) {
      out_.push_back(word);
      return value;
    }
    if (!value) return usage_error("option '" + name + "' takes no value");
    out_.push_back(name);
    out_.push_back(word.substr(equals + 1));
    return false;
  }

  Result<bool> take_letters(const std::string& word) {
    out_.push_back(word);
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Option* option = vocabulary_.find_letter(word[i]);
      if (option == nullptr) {
        return vocabulary_.unknown("-" + word.substr(i, 1));
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

}  // namespace

Result<Cut> cut(const Vocabulary& vocabulary, std::vector<std::string> front,
                const std::vector<std::string>& words,
                std::size_t literal_after) {
  std::vector<std::string> all = std::move(front);
  std::ranges::move(HUG_TRY(Preparation(vocabulary, literal_after).run(words)),
                    std::back_inserter(all));
  std::ranges::reverse(all);  // as CLI11 wants them
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  try {
    declare(app, vocabulary);
    app.parse(std::move(all));
  } catch (const CLI::Error& error) {
    return usage_error(error.what());
  }
  Cut out;
  for (const Option* option : vocabulary.options()) {
    if (option->kind == Kind::kPositional) continue;
    const CLI::Option* made =
        app.get_option_no_throw("--" + std::string(option->name));
    if (made != nullptr && made->count() > 0) {
      out.options[std::string(option->name)] = made->results();
    }
  }
  out.arguments = app.remaining();
  // The first "--" is the mark, not an argument.
  if (const auto mark = std::ranges::find(out.arguments, "--");
      mark != out.arguments.end()) {
    out.arguments.erase(mark);
  }
  return out;
}

}  // namespace hug::cli
