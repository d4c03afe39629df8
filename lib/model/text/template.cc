#include "text/template.h"

#include <nlohmann/json.hpp>

#include "text/jinja/from_json.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/syntax/parser.h"

namespace hug::text {

namespace {

constexpr std::size_t kMaxSource = 1u << 20;

void add_members(jinja::Scope& scope, const nlohmann::ordered_json* object,
                 bool from_input) {
  if (object == nullptr || !object->is_object()) return;
  for (const auto& [name, value] : object->items()) {
    scope.insert_or_assign(name, jinja::value_from_json(value, from_input));
  }
}

std::vector<PromptSegment> segments_of(const jinja::Text& text) {
  std::vector<PromptSegment> out;
  for (std::size_t i = 0; i < text.bytes.size();) {
    const bool input = !text.mask.empty() && text.mask[i] != '\0';
    std::size_t end = i + 1;
    while (end < text.bytes.size() &&
           (!text.mask.empty() && text.mask[end] != '\0') == input) {
      ++end;
    }
    out.push_back({text.bytes.substr(i, end - i), input});
    i = end;
  }
  return out;
}

}  // namespace

struct Template::Tree {
  jinja::Body body;
};

Template::Template(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}

Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Result<Template> Template::parse(std::string_view source) {
  if (source.size() > kMaxSource) {
    return Error(Code::kLimit, "chat template is larger than 1 MiB");
  }
  auto tree = std::make_unique<Tree>();
  tree->body = HUG_TRY(jinja::parse(source));
  return Template(std::move(tree));
}

Result<std::vector<PromptSegment>> Template::render(
    const Inputs& inputs) const {
  jinja::Interpreter in;
  in.limits.steps = inputs.limits.steps;
  in.limits.output = inputs.limits.output;
  in.now = inputs.now;
  in.scopes.resize(2);
  jinja::add_globals(in.scopes[0]);
  add_members(in.scopes[0], inputs.settings, false);
  add_members(in.scopes[0], inputs.input, true);
  jinja::Text out;
  HUG_TRY(in.run(tree_->body, out));
  return segments_of(out);
}

std::string joined(const std::vector<PromptSegment>& segments) {
  std::string out;
  for (const PromptSegment& s : segments)
    out += s.text;
  return out;
}

}  // namespace hug::text
