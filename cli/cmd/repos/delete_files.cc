// hug repos delete-files
#include "cmd/options.h"
#include "cmd/repo_choice.h"
#include "hug/upload.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kRepoId,
    {.name = "patterns",
     .kind = Kind::kPositional,
     .value = "PATTERNS",
     .help = "Files, folders ('dir/') or patterns; '*' crosses '/'.",
     .required = true,
     .many = true},
    kType,
    kRevision,
    kCommitMessage,
    kCommitDescription,
    kCreatePr,
};

constexpr Example kExamples[] = {
    {"hug repos delete-files acme/my-model file.txt"},
    {"hug repos delete-files acme/my-model \"*.json\""},
    {"hug repos delete-files acme/my-model folder/"},
};

Result<void> run(App& app, const Args& args) {
  const RepoChoice choice = HUG_TRY(choose_repo(app, args));
  const DeleteFilesRequest request{
      .patterns = args.list("patterns"),
      .revision = choice.revision,
      .create_pr = args.flag("create-pr"),
      .message = args.text("commit-message"),
      .description = args.text("commit-description")};
  Hub* hub = HUG_TRY(app.hub());
  const DeleteFilesResult done =
      HUG_TRY(delete_files(*hub, choice.repo, request));
  app.out().result("Files deleted", {{"repo_id", choice.repo.full()},
                                     {"commit_url", done.commit.url}});
  return {};
}

}  // namespace

extern constexpr Command kReposDeleteFiles{
    .name = "delete-files",
    .summary = "Delete files of a repository in one commit.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kReposDeleteFiles));

}  // namespace hug::cli::cmd
