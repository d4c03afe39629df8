// hug template render
#include <algorithm>
#include <charconv>
#include <chrono>

#include "app/app.h"
#include "cmd/text/template_source.h"
#include "cmd/text/text_target.h"
#include "cmd/text_input.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kTemplateTarget,
    {.name = "messages",
     .letter = 'm',
     .kind = Kind::kValue,
     .type = Type::kPath,
     .value = "FILE",
     .help = "JSON list of messages; '-' reads standard input.",
     .fallback = "-",
     .complete = Complete::kFile},
    {.name = "tools",
     .kind = Kind::kValue,
     .type = Type::kPath,
     .value = "FILE",
     .help = "JSON list of tools.",
     .complete = Complete::kFile},
    {.name = "name",
     .kind = Kind::kValue,
     .value = "NAME",
     .help = "Which template, where a model has several.",
     .fallback = "default"},
    {.name = "no-generation-prompt",
     .help = "Do not end with the beginning of the answer."},
    {.name = "set",
     .kind = Kind::kValue,
     .value = "NAME=VALUE",
     .help = "A variable for the template; the value is JSON, or else text.",
     .many = true},
    {.name = "now",
     .kind = Kind::kValue,
     .value = "DATE",
     .help = "What the template takes for today, as YYYY-MM-DD."},
    kTextRevision,
};

constexpr Example kExamples[] = {
    {"hug template render ./model.gguf --messages chat.json"},
    {"echo '[{\"role\":\"user\",\"content\":\"hi\"}]' | hug template render "
     "./chat.jinja --set enable_thinking=false"},
};

constexpr std::string_view kSeeAlso[] = {"template check", "tokenize"};

Result<std::chrono::sys_seconds> parse_day(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t size) {
    int n = -1;
    if (at + size <= text.size()) {
      std::from_chars(text.data() + at, text.data() + at + size, n);
    }
    return n;
  };
  const auto day = std::chrono::year{number(0, 4)} /
                   std::chrono::month{static_cast<unsigned>(number(5, 2))} /
                   std::chrono::day{static_cast<unsigned>(number(8, 2))};
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !day.ok()) {
    return Error(Code::kUsage, "'" + std::string(text) + "' is no date")
        .hint("write it as 2026-07-26");
  }
  return std::chrono::sys_seconds(std::chrono::sys_days(day));
}

Result<void> add_variables(const Args& args, ConversationOptions& out) {
  for (const std::string& pair : args.list("set")) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error(Code::kUsage, "'" + pair + "' is not NAME=VALUE");
    }
    std::string value = pair.substr(equals + 1);
    if (!Value::parse(value)) {
      value = Value(value).dump();  // plain text
    }
    out.variables.emplace_back(pair.substr(0, equals), std::move(value));
  }
  return {};
}

Result<void> run(App& app, const Args& args) {
  const ModelText model = HUG_TRY(open_templates(app, args));
  const std::string name = args.text("name");
  const auto chosen = std::ranges::find_if(
      model.templates, [&](const auto& t) { return t.name == name; });
  if (chosen == model.templates.end()) {
    std::string hint = "name one of:";
    for (const auto& t : model.templates)
      hint += " " + t.name;
    return Error(Code::kNotFound, "there is no template '" + name + "'")
        .hint(hint);
  }
  ConversationOptions options;
  options.bos_token = model.bos_token;
  options.eos_token = model.eos_token;
  options.add_generation_prompt = !args.flag("no-generation-prompt");
  if (const auto now = args.maybe("now")) {
    options.now = HUG_TRY(parse_day(*now));
  }
  HUG_TRY(add_variables(args, options));
  if (const auto tools = args.maybe("tools")) {
    options.tools = HUG_TRY(read_text_file(*tools));
  }
  options.messages = HUG_TRY(read_text_file(args.text("messages")));
  const ChatTemplate t = HUG_TRY(ChatTemplate::parse(chosen->source));
  const Prompt prompt = HUG_TRY(t.render(options));
  if (app.out().mode() != Mode::kJson) return app.out().piece(prompt.text());
  Value::Array parts;
  for (const PromptPart& p : prompt.parts) {
    Value part;
    part.set("text", p.text);
    part.set("from_conversation", p.from_conversation);
    parts.push_back(std::move(part));
  }
  Value out;
  out.set("prompt", prompt.text());
  out.set("parts", Value(std::move(parts)));
  app.out().json_line(out);
  return {};
}

}  // namespace

extern constexpr Command kTemplateRender{
    .name = "render",
    .summary = "Write a conversation as the model wants to read it.",
    .details =
        "The prompt goes to standard output as it is. With --json it "
        "comes in parts that tell what came from the conversation: in "
        "those, control tokens are never read.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .run = run,
};
static_assert(well_formed(kTemplateRender));

}  // namespace hug::cli::cmd
