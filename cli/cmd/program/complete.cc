// hug __complete: what the completion scripts ask for.
#include "spec/complete.h"

#include "app/app.h"
#include "spec/command.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    {.name = "words",
     .kind = Kind::kPositional,
     .value = "WORD",
     .help = "The command line behind the program's name.",
     .many = true},
};

Result<void> run(App& app, const Args& args) {
  const auto words = args.list("words");
  const Completion completion = complete(app.root(), words);
  std::string text;
  for (const Candidate& candidate : completion.candidates) {
    text += candidate.value;
    if (!candidate.meaning.empty()) text += '\t' + candidate.meaning;
    text += '\n';
  }
  if (text.empty() && (completion.wanted == Complete::kFile ||
                       completion.wanted == Complete::kModel)) {
    text = ":files\n";
  }
  if (text.empty() && completion.wanted == Complete::kFolder) {
    text = ":folders\n";
  }
  return app.out().raw(text);
}

}  // namespace

extern constexpr Command kCompleteHidden{
    .name = "__complete",
    .summary = "Print what may come next on a command line.",
    .options = kOptions,
    .hidden = true,
    .run = run,
};
static_assert(well_formed(kCompleteHidden));

}  // namespace hug::cli::cmd
