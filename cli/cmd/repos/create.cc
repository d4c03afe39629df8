// hug repos create
#include "cmd/options.h"
#include "cmd/repo_choice.h"
#include "cmd/repos/space_options.h"
#include "cmd/shown_address.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kRegions[] = {"us", "eu"};

constexpr Option kOptions[] = {
    kRepoId,
    kType,
    kPrivate,
    kPublic,
    kProtected,
    kExistOk,
    kResourceGroup,
    {.name = "region",
     .kind = Kind::kValue,
     .value = "REGION",
     .help = "Where its bytes are kept.",
     .choices = kRegions,
     .complete = Complete::kChoices},
    {.name = "sdk",
     .also = "space-sdk",
     .kind = Kind::kValue,
     .value = "SDK",
     .help = "gradio, streamlit, docker or static.",
     .group = kSpaces},
    {.name = "template",
     .kind = Kind::kValue,
     .value = "NAME",
     .help = "Template to start from; 'hug spaces templates' lists them.",
     .group = kSpaces},
    kFlavor,
    kSleepTime,
    kSecrets,
    kSecretsFile,
    kEnv,
    kEnvFile,
    kVolume,
};

constexpr Example kExamples[] = {
    {"hug repos create my-model"},
    {"hug repos create my-dataset --repo-type dataset --private"},
    {"hug repos create my-space --type space --sdk gradio -e THEME=dark"},
};

Result<void> run(App& app, const Args& args) {
  const RepoChoice choice = HUG_TRY(choose_repo(app, args));
  const CreateRepoOptions options = HUG_TRY(creation_options(app, args));
  if (options.visibility == Visibility::kProtected &&
      choice.repo.type != RepoType::kSpace) {
    return Error(Code::kUsage, "only spaces can be protected");
  }
  Hub* hub = HUG_TRY(app.hub());
  const CreatedRepo made = HUG_TRY(create_repo(*hub, choice.repo, options));
  app.out().result("Repo created",
                   {{"repo_id", made.id.full()},
                    {"url", shown_address(args, made.url, made.id)}});
  return {};
}

}  // namespace

extern constexpr Command kReposCreate{
    .name = "create",
    .summary = "Create a repository.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kReposCreate));

}  // namespace hug::cli::cmd
