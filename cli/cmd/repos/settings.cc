// hug repos settings
#include "cmd/options.h"
#include "cmd/repo_choice.h"
#include "cmd/repos/space_options.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kGates[] = {"auto", "manual", "false"};

constexpr Option kOptions[] = {
    kRepoId,
    {.name = "gated",
     .kind = Kind::kValue,
     .value = "HOW",
     .help = "Whether access must be asked for, and who grants it.",
     .choices = kGates,
     .complete = Complete::kChoices},
    kPrivate,
    kPublic,
    kProtected,
    kType,
};

constexpr Example kExamples[] = {
    {"hug repos settings acme/my-model --private"},
    {"hug repos settings acme/my-model --gated auto"},
};

Result<void> run(App& app, const Args& args) {
  const RepoChoice choice = HUG_TRY(choose_repo(app, args));
  RepoSettings settings{.visibility = HUG_TRY(chosen_visibility(args)),
                        .gated = args.maybe("gated")};
  // hf has only one direction here: --no-private makes nothing public there.
  if (args.choice("private") == false &&
      settings.visibility == Visibility::kDefault && !app.as_hf()) {
    settings.visibility = Visibility::kPublic;
  }
  Hub* hub = HUG_TRY(app.hub());
  HUG_TRY(update_repo_settings(*hub, choice.repo, settings));
  app.out().result("Repo settings updated", {{"repo_id", choice.repo.full()}});
  return {};
}

}  // namespace

extern constexpr Command kReposSettings{
    .name = "settings",
    .summary = "Change who may see a repository.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kReposSettings));

}  // namespace hug::cli::cmd
