// hug upload
#include "hug/upload.h"

#include <sys/stat.h>

#include <chrono>
#include <cmath>

#include "cmd/options.h"
#include "cmd/repo_choice.h"
#include "cmd/shown_address.h"
#include "cmd/sizes.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    kRepoId,
    {.name = "local_path",
     .kind = Kind::kPositional,
     .type = Type::kPath,
     .value = "LOCAL_PATH",
     .help = "File, folder or pattern; what is named like the repository when "
             "not given.",
     .complete = Complete::kFile},
    {.name = "path_in_repo",
     .kind = Kind::kPositional,
     .value = "PATH_IN_REPO",
     .help = "Where it goes; its own name, or the root, when not given."},
    {.name = "type",
     .also = "repo-type",
     .kind = Kind::kValue,
     .value = "TYPE",
     .help = "Kind of repository; model unless the id says otherwise.",
     .choices = kRepoTypes,
     .complete = Complete::kChoices},
    kRevision,
    {.name = "private",
     .help = "Make a new repository private.",
     .negation = true},
    kInclude,
    kExclude,
    {.name = "delete",
     .kind = Kind::kValue,
     .value = "PATTERN",
     .help = "Delete files of the repository that match, in the same commit.",
     .many = true},
    kCommitMessage,
    kCommitDescription,
    kCreatePr,
    {.name = "every",
     .kind = Kind::kValue,
     .type = Type::kNumber,
     .value = "MINUTES",
     .help = "Go on, and commit what changed every so many minutes.",
     .minimum = 0.01,
     .maximum = 525600},
    kDryRun,
    {.name = "max-workers",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Large files at once.",
     .fallback = "8",
     .minimum = 1,
     .maximum = 256},
};

constexpr Example kExamples[] = {
    {"hug upload acme/my-model . .", "this folder, to the root"},
    {"hug upload acme/my-model ./model.safetensors"},
    {"hug upload datasets/acme/data ./train /train --include \"*.parquet\""},
    {"hug upload acme/my-model . --delete \"*.bin\" --commit-message "
     "\"Clean\""},
};

constexpr std::string_view kSeeAlso[] = {"repos create", "cp", "download"};

enum class PathKind : std::uint8_t { kNone, kFile, kFolder };

PathKind kind_of(const std::string& path) {
  struct stat info {};

  if (path.empty() || ::stat(path.c_str(), &info) != 0) return PathKind::kNone;
  return S_ISDIR(info.st_mode) ? PathKind::kFolder : PathKind::kFile;
}

// What goes where, when not all of it is said.
Result<void> resolve_paths(const Args& args, UploadRequest& request) {
  std::string local = args.text("local_path");
  const std::string remote = args.text("path_in_repo");
  const bool pattern = local.find_first_of("*?[") != local.npos;
  if (!local.empty() && pattern && kind_of(local) == PathKind::kNone) {
    if (!request.include.empty()) {
      return Error(Code::kUsage,
                   "'--include' cannot be used when the local "
                   "path is a pattern");
    }
    if (!remote.empty() && remote != ".") {
      return Error(Code::kUsage,
                   "a path in the repository cannot be given "
                   "when the local path is a pattern");
    }
    request.local_path = ".";
    request.include = {local};
    return {};
  }
  if (local.empty()) {
    local = request.repo.name;
    if (kind_of(local) == PathKind::kNone) {
      return Error(Code::kUsage,
                   "'" + local + "' is not a local file or folder")
          .hint("name the file or folder to upload");
    }
  }
  if (kind_of(local) == PathKind::kNone) {
    return Error(Code::kNotFound, "no such file or directory: '" + local + "'");
  }
  request.local_path = local;
  request.path_in_repo = remote == "." ? "" : remote;
  return {};
}

void warn_of_patterns(Out& out, UploadRequest& request) {
  if (kind_of(request.local_path) != PathKind::kFile) return;
  const auto ignore = [&](std::vector<std::string>& list,
                          std::string_view name) {
    if (list.empty()) return;
    out.warning("ignoring --" + std::string(name) +
                " since a single file is uploaded");
    list.clear();
  };
  ignore(request.include, "include");
  ignore(request.exclude, "exclude");
  ignore(request.remove, "delete");
}

Result<UploadRequest> make_request(App& app, const Args& args) {
  const RepoChoice choice = HUG_TRY(choose_repo(app, args));
  UploadRequest request{
      .repo = choice.repo,
      .revision = choice.revision,
      .create_pr = args.flag("create-pr"),
      .include = args.list("include"),
      .exclude = args.list("exclude"),
      .remove = args.list("delete"),
      .message = args.text("commit-message"),
      .description = args.text("commit-description"),
      .workers = static_cast<unsigned>(args.integer("max-workers"))};
  if (const auto wanted = args.choice("private")) {
    request.repo_options.visibility =
        *wanted ? Visibility::kPrivate : Visibility::kPublic;
  }
  if (choice.repo.type == RepoType::kSpace) request.repo_options.sdk = "gradio";
  HUG_TRY(resolve_paths(args, request));
  if (!choice.path.empty()) {
    if (args.has("path_in_repo")) {
      return Error(Code::kUsage, "the URI names '" + choice.path +
                                     "', and a path in the repository is given "
                                     "as well");
    }
    request.path_in_repo = choice.path + (choice.folder ? "/" : "");
  }
  warn_of_patterns(app.out(), request);
  return request;
}

void show_plan(Out& out, const UploadPlan& plan) {
  std::size_t changed = 0;
  std::vector<Value> rows;
  for (const UploadItem& item : plan.items) {
    const bool sent = !item.unchanged && !item.ignored;
    if (sent) ++changed;
    rows.push_back(Value()
                       .set("file", item.path)
                       .set("size", item.size)
                       .set("mode", item.ignored     ? "ignored"
                                    : item.unchanged ? "unchanged"
                                    : item.mode == UploadMode::kLarge
                                        ? "large"
                                        : "regular"));
  }
  for (const std::string& path : plan.removals) {
    rows.push_back(
        Value().set("file", path).set("size", nullptr).set("mode", "delete"));
  }
  out.text("[dry-run] Will upload " + std::to_string(changed) +
           " files (out of " + std::to_string(plan.items.size()) +
           ") totalling " + short_size(plan.upload_bytes) + '.');
  out.table(rows);
}

Result<void> upload_on_and_on(App& app, Hub& hub, const Args& args,
                              const UploadRequest& request) {
  const double minutes = args.number("every");
  Out& out = app.out();
  out.text("Scheduling commits every " + args.text("every") + " minutes to " +
           request.repo.full() + '.');
  HUG_TRY(upload_every(
      hub, request, std::chrono::milliseconds(std::llround(minutes * 60'000)),
      [&out](const UploadResult& done) {
        out.log("Committed " + done.commit);
      }));
  out.result("Uploaded", {{"url", "Stopped scheduled commits."}});
  return {};
}

Result<void> run(App& app, const Args& args) {
  const UploadRequest request = HUG_TRY(make_request(app, args));
  Hub* hub = HUG_TRY(app.hub());
  if (args.flag("dry-run")) {
    show_plan(app.out(), HUG_TRY(plan_upload(*hub, request)));
    return {};
  }
  if (args.has("every")) return upload_on_and_on(app, *hub, args, request);
  const UploadResult done = HUG_TRY(upload(*hub, request));
  // Else the event of the upload says it.
  if (done.commits == 0 && app.as_hf()) {
    app.out().log(
        "No files have been modified since last commit. Skipping to "
        "prevent empty commit.");
  }
  app.out().result(
      "Uploaded",
      {{"url", shown_address(args, done.url, done.repo, done.commit)}});
  return {};
}

}  // namespace

extern constexpr Command kUpload{
    .name = "upload",
    .summary = "Upload a file or a folder as a commit.",
    .details =
        "Makes the repository and the branch when they are missing. What the "
        "hub has already is not sent; nothing is committed that the hub has "
        "not confirmed to hold. Large folders become several commits; after an "
        "interruption the same command goes on where it was.\n\n"
        "Prints the address of what was uploaded.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .section = "Share",
    .run = run,
};
static_assert(well_formed(kUpload));

}  // namespace hug::cli::cmd
