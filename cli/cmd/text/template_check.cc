// hug template check
#include "app/app.h"
#include "cmd/text/template_source.h"
#include "cmd/text/text_target.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kTemplateTarget,
    kTextRevision,
};

constexpr Example kExamples[] = {
    {"hug template check ./model.gguf"},
    {"hug template check ./chat.jinja --json"},
};

constexpr std::string_view kSeeAlso[] = {"template render"};

Result<void> run(App& app, const Args& args) {
  const ModelText model = HUG_TRY(open_templates(app, args));
  std::vector<Value> rows;
  for (const NamedTemplate& t : model.templates) {
    const ChatTemplate parsed = HUG_TRY_WITH(
        ChatTemplate::parse(t.source), "reading the template '" + t.name + "'");
    const TemplateAbilities a = parsed.probe();
    Value row;
    row.set("name", t.name);
    row.set("bytes", static_cast<std::int64_t>(t.source.size()));
    row.set("system", a.system);
    row.set("tools", a.tools);
    row.set("tool_calls", a.tool_calls);
    row.set("tool_results", a.tool_results);
    row.set("content_parts", a.content_parts);
    row.set("generation_prompt", a.generation_prompt);
    rows.push_back(std::move(row));
  }
  app.out().table(rows, {.id = "name"});
  return {};
}

}  // namespace

extern constexpr Command kTemplateCheck{
    .name = "check",
    .summary = "Say whether a chat template works and what it can do.",
    .details =
        "Reads every template of the target and renders small "
        "conversations with it. A template that cannot be read is an "
        "error with line and column.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .run = run,
};
static_assert(well_formed(kTemplateCheck));

}  // namespace hug::cli::cmd
