// hug completion: the script a shell reads.
#include "app/app.h"
#include "gen/gen.h"
#include "spec/command.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kShells[] = {"bash", "zsh", "fish", "powershell"};

constexpr Option kOptions[] = {
    {.name = "shell",
     .kind = Kind::kPositional,
     .value = "SHELL",
     .help = "Shell to write for; taken from SHELL when not given.",
     .choices = kShells,
     .complete = Complete::kChoices},
};

constexpr Example kExamples[] = {
    {"eval \"$(hug completion bash)\"", "for this shell, in ~/.bashrc for all"},
    {"hug completion fish > ~/.config/fish/completions/hug.fish"},
};

Result<void> run(App& app, const Args& args) {
  std::string shell = args.text("shell");
  if (shell.empty()) {
    shell = app.environment("SHELL");
    shell = shell.substr(shell.rfind('/') + 1);
  }
  const auto script = completion_script(app.root(), shell);
  if (!script) {
    return Error(Code::kUsage, "no completion for the shell '" + shell + "'")
        .hint("name one of bash, zsh, fish, powershell");
  }
  return app.out().raw(*script);
}

}  // namespace

extern constexpr Command kCompletion{
    .name = "completion",
    .summary = "Print the completion script of a shell.",
    .details =
        "The packaged scripts in completions/ are the same; this "
        "prints the one for the program at hand.",
    .options = kOptions,
    .examples = kExamples,
    .section = "More",
    .run = run,
};
static_assert(well_formed(kCompletion));

}  // namespace hug::cli::cmd
