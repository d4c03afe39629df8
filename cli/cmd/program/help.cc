// hug help
#include "spec/help.h"

#include "app/app.h"
#include "spec/command.h"
#include "spec/parse.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    {.name = "command",
     .kind = Kind::kPositional,
     .value = "COMMAND",
     .help = "Command to explain, such as 'repos tag create'.",
     .many = true,
     .complete = Complete::kCommand},
};

constexpr Example kExamples[] = {
    {"hug help download", "the page of one command"},
    {"hug help --json", "the whole command tree, for programs"},
};

Result<void> run(App& app, const Args& args) {
  Out& out = app.out();
  if (out.mode() == Mode::kJson) {
    out.line(tree_json(app.root()));
    return {};
  }
  HelpStyle style{.width = std::min<std::size_t>(out.columns(), 100)};
  auto words = args.list("command");
  if (words.empty()) {
    (void)out.raw(overview(app.root(), style));
    return {};
  }
  words.emplace_back("--help");
  const Parsed parsed = HUG_TRY(parse(app.root(), words));
  (void)out.raw(help_page(parsed.path, style));
  return {};
}

}  // namespace

extern constexpr Command kHelp{
    .name = "help",
    .summary = "Explain this program or one of its commands.",
    .options = kOptions,
    .examples = kExamples,
    .section = "More",
    .run = run,
};
static_assert(well_formed(kHelp));

}  // namespace hug::cli::cmd
