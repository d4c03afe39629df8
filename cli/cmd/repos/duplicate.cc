// hug repos duplicate
#include "cmd/options.h"
#include "cmd/repo_choice.h"
#include "cmd/repos/space_options.h"
#include "cmd/shown_address.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kFromId,
    {.name = "to_id",
     .kind = Kind::kPositional,
     .value = "TO_ID",
     .help = "The copy; your namespace and the same name when not given.",
     .complete = Complete::kRepo},
    kType,
    kPrivate,
    kPublic,
    kProtected,
    kExistOk,
    kResourceGroup,
    kFlavor,
    kSleepTime,
    kSecrets,
    kSecretsFile,
    kEnv,
    kEnvFile,
    kVolume,
};

constexpr Example kExamples[] = {
    {"hug repos duplicate openai/gdpval --type dataset"},
    {"hug repos duplicate acme/space my-space --type space --private"},
};

Result<void> run(App& app, const Args& args) {
  const RepoChoice from = HUG_TRY(choose_repo(app, args, "from_id"));
  RepoId to{.type = from.repo.type};
  if (args.has("to_id")) {
    to = HUG_TRY(parse_repo_id(args.text("to_id"), from.repo.type));
  }
  const CreateRepoOptions options = HUG_TRY(creation_options(app, args));
  Hub* hub = HUG_TRY(app.hub());
  const CreatedRepo made =
      HUG_TRY(duplicate_repo(*hub, from.repo, to, options));
  Out& out = app.out();
  out.result("Repo duplicated",
             {{"from_id", from.repo.full()},
              {"to_id", made.id.full()},
              {"url", shown_address(args, made.url, made.id)}});
  if (made.files_pending) {
    out.warning(
        "LFS/Xet files are still being copied in the background; "
        "downloading them from '" +
        made.id.full() + "' may fail until the copy is complete");
  }
  return {};
}

}  // namespace

extern constexpr Command kReposDuplicate{
    .name = "duplicate",
    .summary = "Copy a whole repository on the hub.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kReposDuplicate));

}  // namespace hug::cli::cmd
