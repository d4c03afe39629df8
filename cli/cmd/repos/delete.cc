// hug repos delete
#include "cmd/options.h"
#include "cmd/repo_choice.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {kRepoId, kType, kMissingOk, kYes};

constexpr Example kExamples[] = {
    {"hug repos delete acme/old-model"},
    {"hug repos delete datasets/acme/old --missing-ok --yes"},
};

Result<void> run(App& app, const Args& args) {
  const RepoChoice choice = HUG_TRY(choose_repo(app, args));
  Out& out = app.out();
  HUG_TRY(out.confirm("You are about to permanently delete " +
                          type_text(choice.repo) + " '" + choice.repo.full() +
                          "'. Proceed?",
                      args.flag("yes")));
  Hub* hub = HUG_TRY(app.hub());
  HUG_TRY(delete_repo(*hub, choice.repo, args.flag("missing-ok")));
  out.result("Repo deleted", {{"repo_id", choice.repo.full()}});
  return {};
}

}  // namespace

extern constexpr Command kReposDelete{
    .name = "delete",
    .summary = "Delete a repository for good.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kReposDelete));

}  // namespace hug::cli::cmd
