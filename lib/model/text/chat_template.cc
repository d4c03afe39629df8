#include "hug/chat_template.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "data/json.h"
#include "text/template.h"

namespace hug {

using Json = nlohmann::ordered_json;

struct ChatTemplate::Parts {
  text::Template tree;
};

ChatTemplate::ChatTemplate(std::shared_ptr<const Parts> parts)
    : parts_(std::move(parts)) {}

std::string Prompt::text() const {
  std::string out;
  for (const PromptPart& p : parts)
    out += p.text;
  return out;
}

Result<ChatTemplate> ChatTemplate::parse(std::string_view source) {
  auto tree = HUG_TRY(text::Template::parse(source));
  return ChatTemplate(std::make_shared<const Parts>(Parts{std::move(tree)}));
}

Result<Prompt> ChatTemplate::render(const ConversationOptions& o) const {
  Json input = Json::object();
  input["messages"] =
      HUG_TRY(data::parse_ordered_json(o.messages, "the messages"));
  if (!input["messages"].is_array()) {
    return Error(Code::kUsage, "the messages are not a list")
        .hint("give a JSON list of objects with 'role' and 'content'");
  }
  if (!o.tools.empty()) {
    input["tools"] = HUG_TRY(data::parse_ordered_json(o.tools, "the tools"));
  }
  Json settings = Json::object();
  settings["add_generation_prompt"] = o.add_generation_prompt;
  settings["bos_token"] = o.bos_token;
  settings["eos_token"] = o.eos_token;
  for (const auto& [name, value] : o.variables) {
    settings[name] =
        HUG_TRY(data::parse_ordered_json(value, "the value of " + name));
  }
  text::Template::Inputs inputs;
  inputs.input = &input;
  inputs.settings = &settings;
  inputs.now = o.now;
  Prompt out;
  for (auto& s : HUG_TRY(parts_->tree.render(inputs))) {
    out.parts.push_back({std::move(s.text), s.from_input});
  }
  return out;
}

namespace {

// The rendered text; empty when the template refuses.
std::string try_render(const ChatTemplate& t, const std::string& messages,
                       const std::string& tools = "", bool prompt = false) {
  ConversationOptions o;
  o.messages = messages;
  o.tools = tools;
  o.add_generation_prompt = prompt;
  const auto out = t.render(o);
  return out ? out->text() : "";
}

bool shows(const std::string& text, std::string_view marker) {
  return text.find(marker) != text.npos;
}

}  // namespace

TemplateAbilities ChatTemplate::probe() const {
  TemplateAbilities out;
  const std::string user = R"({"role":"user","content":"MARK-USER"})";
  const std::string plain = "[" + user + "]";
  out.system =
      shows(try_render(*this, R"([{"role":"system","content":"MARK-SYSTEM"},)" +
                                  user + "]"),
            "MARK-SYSTEM");
  const std::string tools =
      R"([{"type":"function","function":{"name":"mark_tool","description":"d",)"
      R"("parameters":{"type":"object","properties":{"a":{"type":"string",)"
      R"("description":"x"}},"required":["a"]}}}])";
  out.tools = shows(try_render(*this, plain, tools), "mark_tool");
  const std::string call =
      R"({"role":"assistant","content":"","tool_calls":[{"id":"call00001",)"
      R"("type":"function","function":{"name":"mark_call",)"
      R"("arguments":{"a":"b"}}}]})";
  const std::string result =
      R"({"role":"tool","tool_call_id":"call00001","name":"mark_call",)"
      R"("content":"MARK-RESULT"})";
  out.tool_calls = shows(
      try_render(*this, "[" + user + "," + call + "]", tools), "mark_call");
  out.tool_results = shows(
      try_render(*this, "[" + user + "," + call + "," + result + "]", tools),
      "MARK-RESULT");
  const std::string with_parts = try_render(
      *this,
      R"([{"role":"user","content":[{"type":"text","text":"MARK-PART"}]}])");
  // A template that prints the list itself does not know parts.
  out.content_parts = shows(with_parts, "MARK-PART") &&
                      !shows(with_parts, "'type'") &&
                      !shows(with_parts, "\"type\"");
  out.generation_prompt =
      try_render(*this, plain, "", true) != try_render(*this, plain);
  return out;
}

Result<std::vector<TokenId>> encode_prompt(const Tokenizer& tokenizer,
                                           const Prompt& prompt) {
  std::vector<TextSegment> segments;
  for (const PromptPart& p : prompt.parts) {
    segments.push_back({p.text, !p.from_conversation});
  }
  const auto& special = tokenizer.special_tokens();
  auto ids = HUG_TRY(tokenizer.encode_segments(segments, false)).ids;
  // Most templates write BOS themselves.
  const bool wanted = special.adds_bos && special.bos &&
                      (ids.empty() || ids.front() != *special.bos);
  if (wanted) ids.insert(ids.begin(), *special.bos);
  return ids;
}

}  // namespace hug
