// hug repos branch create|delete
#include "cmd/options.h"
#include "cmd/repo_choice.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kBranch{.name = "branch",
                         .kind = Kind::kPositional,
                         .value = "BRANCH",
                         .help = "Name of the branch.",
                         .required = true,
                         .complete = Complete::kRevision};

constexpr Option kCreateOptions[] = {
    kRepoId,
    kBranch,
    {.name = "revision",
     .kind = Kind::kValue,
     .value = "REV",
     .help = "Where it starts; the head of main when not given.",
     .complete = Complete::kRevision},
    kType,
    kExistOk,
};

constexpr Option kDeleteOptions[] = {kRepoId, kBranch, kType};

constexpr Example kCreateExamples[] = {
    {"hug repos branch create acme/my-model dev"},
    {"hug repos branch create acme/my-model dev --revision v1.0"},
};
constexpr Example kDeleteExamples[] = {
    {"hug repos branch delete acme/my-model dev"},
};

void say(App& app, std::string_view what, const Args& args,
         const RepoId& repo) {
  app.out().result(what, {{"branch", args.text("branch")},
                          {"repo_type", type_text(repo)},
                          {"repo_id", repo.full()}});
}

Result<void> create(App& app, const Args& args) {
  const RepoChoice choice = HUG_TRY(choose_repo(app, args));
  Hub* hub = HUG_TRY(app.hub());
  HUG_TRY(create_branch(*hub, choice.repo, args.text("branch"), choice.revision,
                        args.flag("exist-ok")));
  say(app, "Branch created", args, choice.repo);
  return {};
}

Result<void> remove(App& app, const Args& args) {
  const RepoChoice choice = HUG_TRY(choose_repo(app, args));
  Hub* hub = HUG_TRY(app.hub());
  HUG_TRY(delete_branch(*hub, choice.repo, args.text("branch")));
  say(app, "Branch deleted", args, choice.repo);
  return {};
}

constexpr Command kCreate{
    .name = "create",
    .summary = "Create a branch.",
    .options = kCreateOptions,
    .examples = kCreateExamples,
    .run = create,
};
static_assert(well_formed(kCreate));

constexpr Command kDelete{
    .name = "delete",
    .summary = "Delete a branch.",
    .options = kDeleteOptions,
    .examples = kDeleteExamples,
    .run = remove,
};
static_assert(well_formed(kDelete));

constexpr const Command* kChildren[] = {&kCreate, &kDelete};

}  // namespace

extern constexpr Command kReposBranch{
    .name = "branch",
    .summary = "Create and delete branches.",
    .children = kChildren,
};
static_assert(well_formed(kReposBranch));

}  // namespace hug::cli::cmd
