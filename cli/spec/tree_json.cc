#include "out/value.h"
#include "spec/globals.h"
#include "spec/help.h"

namespace hug::cli {

namespace {

std::string_view kind_name(Kind kind) {
  constexpr std::string_view kNames[] = {"flag", "value", "positional"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view type_name(Type type) {
  constexpr std::string_view kNames[] = {
      "text", "integer", "integers", "number", "bytes", "duration", "path"};
  return kNames[static_cast<std::size_t>(type)];
}

Value words_json(Words words) {
  Value array = Value::array();
  for (std::string_view word : words)
    array.push(word);
  return array;
}

Value number_json(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? Value(whole) : Value(value);
}

Value option_json(const Option& option) {
  Value value;
  value.set("name", option.name);
  if (option.letter != 0) value.set("letter", std::string(1, option.letter));
  if (!option.also.empty()) value.set("also", option.also);
  value.set("kind", kind_name(option.kind));
  if (option.kind != Kind::kFlag) {
    value.set("type", type_name(option.type));
    value.set("metavar", option.value);
  }
  value.set("help", option.help);
  if (!option.choices.empty()) {
    value.set("choices", words_json(option.choices));
    value.set("closed", !option.open_choices);
  }
  if (has_range(option)) {
    value.set("minimum", number_json(option.minimum));
    value.set("maximum", number_json(option.maximum));
  }
  if (!option.fallback.empty()) value.set("default", option.fallback);
  if (!option.env.empty()) value.set("variable", option.env);
  value.set("required", option.required);
  value.set("many", option.many);
  value.set("negation", option.negation);
  return value;
}

Value options_json(std::span<const Option> options) {
  Value array = Value::array();
  for (const Option& option : options) {
    if (!option.hidden) array.push(option_json(option));
  }
  return array;
}

Value command_json(const Command& command) {
  Value value;
  value.set("name", command.name);
  value.set("aliases", words_json(command.aliases));
  value.set("summary", command.summary);
  if (!command.details.empty()) value.set("details", command.details);
  if (command.group()) {
    Value children = Value::array();
    for (const Command* child : command.children) {
      if (!child->hidden) children.push(command_json(*child));
    }
    value.set("commands", std::move(children));
    return value;
  }
  value.set("options", options_json(command.options));
  Value examples = Value::array();
  for (const Example& example : command.examples)
    examples.push(example.line);
  value.set("examples", std::move(examples));
  return value;
}

}  // namespace

std::string tree_json(const Command& root) {
  Value value = command_json(root);
  value.set("global_options", options_json(global_options()));
  Value exits = Value::array();
  for (const ExitRow& row : exit_table()) {
    exits.push(Value().set("status", row.status).set("meaning", row.meaning));
  }
  value.set("exit_statuses", std::move(exits));
  return value.dump();
}

}  // namespace hug::cli
