#include "spec/complete.h"

#include <algorithm>

#include "spec/globals.h"

namespace hug::cli {

namespace {

const Command* child_of(const Command& command, std::string_view name) {
  for (const Command* child : command.children) {
    if (child->name == name) return child;
    if (std::ranges::find(child->aliases, name) != child->aliases.end()) {
      return child;
    }
  }
  return nullptr;
}

std::vector<const Option*> options_of(const Command& command) {
  std::vector<const Option*> options;
  for (const Option& option : command.options)
    options.push_back(&option);
  for (const Option& option : global_options()) {
    if (std::ranges::none_of(command.options, [&](const Option& own) {
          return own.name == option.name;
        })) {
      options.push_back(&option);
    }
  }
  return options;
}

const Option* named(const Command& command, std::string_view word) {
  for (const Option* option : options_of(command)) {
    if (option->kind == Kind::kPositional) continue;
    if (word.starts_with("--")) {
      const auto name = word.substr(2);
      if (option->name == name ||
          (!option->also.empty() && option->also == name)) {
        return option;
      }
    } else if (word.size() == 2 && option->letter == word[1]) {
      return option;
    }
  }
  return nullptr;
}

const Option* positional(const Command& command, std::size_t index) {
  const Option* last = nullptr;
  for (const Option& option : command.options) {
    if (option.kind != Kind::kPositional) continue;
    last = &option;
    if (index-- == 0) return &option;
  }
  return last != nullptr && last->many ? last : nullptr;
}

struct State {
  const Command* command;
  const Option* value_of = nullptr;  // the word being typed is its value
  std::size_t positionals = 0;
  std::string first = {};  // first positional
  bool literal = false;    // behind "--"
};

State read(const Command& root, const std::vector<std::string>& words) {
  State state{.command = &root};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (state.value_of != nullptr) {
      state.value_of = nullptr;
    } else if (!state.literal && word == "--") {
      state.literal = true;
    } else if (!state.literal && word.size() > 1 && word[0] == '-') {
      const Option* option = named(*state.command, word);
      if (option != nullptr && option->kind == Kind::kValue) {
        state.value_of = option;
      }
    } else if (const Command* child = child_of(*state.command, word)) {
      state.command = child;
    } else {
      if (state.positionals++ == 0) state.first = word;
    }
  }
  return state;
}

void want_value(Completion& completion, const Option& option,
                const std::string& prefix) {
  for (std::string_view choice : option.choices) {
    completion.candidates.push_back({prefix + std::string(choice)});
  }
  completion.wanted = option.complete;
  if (option.type == Type::kPath && option.complete == Complete::kNothing) {
    completion.wanted = Complete::kFile;
  }
}

void offer_options(Completion& completion, const Command& command) {
  for (const Option* option : options_of(command)) {
    if (option->kind == Kind::kPositional || option->hidden) continue;
    completion.candidates.push_back(
        {"--" + std::string(option->name), std::string(option->help)});
  }
}

void offer_commands(Completion& completion, const Command& command) {
  for (const Command* child : command.children) {
    if (child->hidden) continue;
    completion.candidates.push_back(
        {std::string(child->name), std::string(child->summary)});
  }
}

}  // namespace

Completion complete(const Command& root,
                    const std::vector<std::string>& words) {
  Completion completion;
  const State state = read(root, words);
  const std::string typing = words.empty() ? std::string() : words.back();
  completion.repo = state.first;
  if (state.value_of != nullptr) {
    want_value(completion, *state.value_of, "");
  } else if (!state.literal && typing.starts_with("--") &&
             typing.find('=') != typing.npos) {
    const std::string name = typing.substr(0, typing.find('='));
    const Option* option = named(*state.command, name);
    if (option != nullptr) want_value(completion, *option, name + '=');
  } else if (!state.literal && typing.starts_with("-")) {
    offer_options(completion, *state.command);
  } else if (state.command->group()) {
    offer_commands(completion, *state.command);
  } else if (const Option* option =
                 positional(*state.command, state.positionals)) {
    want_value(completion, *option, "");
    if (option->complete == Complete::kCommand) {
      completion.wanted = Complete::kNothing;
      offer_commands(completion, root);
    }
  } else {
    offer_options(completion, *state.command);
  }
  std::erase_if(completion.candidates, [&](const Candidate& candidate) {
    return !candidate.value.starts_with(typing);
  });
  return completion;
}

}  // namespace hug::cli
