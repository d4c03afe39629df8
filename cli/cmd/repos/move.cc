// hug repos move
#include "cmd/options.h"
#include "cmd/repo_choice.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kFromId,
    {.name = "to_id",
     .kind = Kind::kPositional,
     .value = "TO_ID",
     .help = "Its new owner and name.",
     .required = true},
    kType,
};

constexpr Example kExamples[] = {
    {"hug repos move old-namespace/my-model new-namespace/my-model"},
};

Result<void> run(App& app, const Args& args) {
  const RepoChoice from = HUG_TRY(choose_repo(app, args, "from_id"));
  const RepoId to = HUG_TRY(parse_repo_id(args.text("to_id"), from.repo.type));
  Hub* hub = HUG_TRY(app.hub());
  HUG_TRY(move_repo(*hub, from.repo, to));
  app.out().result("Repo moved",
                   {{"from_id", from.repo.full()}, {"to_id", to.full()}});
  return {};
}

}  // namespace

extern constexpr Command kReposMove{
    .name = "move",
    .summary = "Give a repository another owner or name.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kReposMove));

}  // namespace hug::cli::cmd
