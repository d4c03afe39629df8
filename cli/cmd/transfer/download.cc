// hug download
#include "hug/download.h"

#include "cmd/options.h"
#include "cmd/repo_choice.h"
#include "cmd/sizes.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    {.name = "repo_id",
     .kind = Kind::kPositional,
     .value = "REPO_ID",
     .help = "owner/name, datasets/owner/name, hf://..., or owner/name:QUANT "
             "for one quantization of a GGUF repository.",
     .required = true,
     .complete = Complete::kRepo},
    {.name = "filenames",
     .kind = Kind::kPositional,
     .value = "FILENAMES",
     .help = "Files or folders ('dir/'); all when not given.",
     .many = true},
    {.name = "type",
     .also = "repo-type",
     .kind = Kind::kValue,
     .value = "TYPE",
     .help = "Kind of repository; model unless the id says otherwise.",
     .choices = kRepoTypes,
     .complete = Complete::kChoices},
    kRevision,
    kInclude,
    kExclude,
    kCacheDir,
    {.name = "local-dir",
     .kind = Kind::kValue,
     .type = Type::kPath,
     .value = "DIR",
     .help = "Put plain files below this folder instead of the cache.",
     .complete = Complete::kFolder},
    {.name = "force-download",
     .help = "Fetch again what is here already.",
     .negation = true},
    kDryRun,
    {.name = "max-workers",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Files at once.",
     .fallback = "8",
     .minimum = 1,
     .maximum = 256},
    {.name = "streams",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Ranges at once within a file.",
     .fallback = "8",
     .minimum = 1,
     .maximum = 256},
};

constexpr Example kExamples[] = {
    {"hug download HuggingFaceTB/SmolLM2-135M"},
    {"hug download acme/tiny config.json tokenizer.json"},
    {"hug download acme/tiny-GGUF:Q4_K_M", "one quantization"},
    {"hug download acme/tiny --include \"*.safetensors\" --local-dir tiny"},
    {"hug download hf://datasets/acme/prose@v1/train/ --dry-run"},
};

constexpr std::string_view kSeeAlso[] = {"cp", "cache list", "upload"};

// "owner/name:QUANT" apart from the id. A colon is in no name of a repository.
std::string cut_quant(std::string& id) {
  const auto colon = id.find(':');
  if (colon == id.npos || is_hub_uri(id) || id.find("://") != id.npos) {
    return {};
  }
  std::string quant = id.substr(colon + 1);
  id.resize(colon);
  return quant;
}

Result<void> name_files(const Args& args, const RepoChoice& choice,
                        DownloadRequest& request) {
  request.files = args.list("filenames");
  if (choice.path.empty()) return {};
  if (!request.files.empty()) {
    return Error(Code::kUsage, "the URI names '" + choice.path +
                                   "', and files are named as well");
  }
  request.files = {choice.path + (choice.folder ? "/" : "")};
  return {};
}

Result<void> check_patterns(App& app, const Args& args,
                            DownloadRequest& request) {
  const bool patterns = !request.include.empty() || !request.exclude.empty();
  if (!patterns || request.files.empty()) return {};
  for (const std::string& file : request.files) {
    if (!file.ends_with('/')) continue;
    return Error(Code::kUsage, "the folder '" + file +
                                   "' cannot be combined with '--include' or "
                                   "'--exclude'")
        .hint("use --include \"" + file + "*\" instead");
  }
  for (const std::string_view name : {"include", "exclude"}) {
    if (args.has(name)) {
      app.out().warning("ignoring `--" + std::string(name) +
                        "` since filenames have been explicitly set");
    }
  }
  request.include.clear();
  request.exclude.clear();
  return {};
}

Result<RepoChoice> choose_quant(App& app, const Args& args,
                                std::string& quant) {
  std::string id = args.text("repo_id");
  quant = cut_quant(id);
  if (quant.empty()) return choose_repo(app, args);
  std::optional<RepoType> type;
  if (args.has("type")) type = HUG_TRY(parse_repo_type(args.text("type")));
  return RepoChoice{.repo = HUG_TRY(parse_repo_id(id, type)),
                    .revision = args.text("revision")};
}

Result<DownloadRequest> make_request(App& app, const Args& args) {
  if (args.has("local-dir") && args.has("cache-dir")) {
    return Error(Code::kUsage,
                 "'--local-dir' and '--cache-dir' are mutually exclusive");
  }
  std::string quant;
  RepoChoice choice = HUG_TRY(choose_quant(app, args, quant));
  DownloadRequest request;
  request.repo = choice.repo;
  request.revision = choice.revision;
  request.include = args.list("include");
  request.exclude = args.list("exclude");
  request.quant = std::move(quant);
  request.cache_dir = args.text("cache-dir");
  request.local_dir = args.text("local-dir");
  request.force = args.flag("force-download");
  request.workers = static_cast<unsigned>(args.integer("max-workers"));
  request.streams = static_cast<unsigned>(args.integer("streams"));
  HUG_TRY(name_files(args, choice, request));
  HUG_TRY(check_patterns(app, args, request));
  return request;
}

void show_plan(Out& out, const DownloadPlan& plan) {
  out.text("[dry-run] Will download " + std::to_string(plan.fetch_items) +
           " files (out of " + std::to_string(plan.items.size()) +
           ") totalling " + short_size(plan.fetch_bytes) + '.');
  std::vector<Value> rows;
  for (const DownloadItem& item : plan.items) {
    rows.push_back(
        Value()
            .set("file", item.path)
            .set("size", item.will_download ? short_size(item.size) : "-"));
  }
  out.table(rows);
}

Result<void> run(App& app, const Args& args) {
  const DownloadRequest request = HUG_TRY(make_request(app, args));
  Hub* hub = HUG_TRY(app.hub());
  if (args.flag("dry-run")) {
    const DownloadPlan plan = HUG_TRY(plan_download(*hub, request));
    for (const std::string& text : plan.warnings)
      app.out().warning(text);
    show_plan(app.out(), plan);
    return {};
  }
  // It warns as it goes.
  const DownloadResult done = HUG_TRY(download(*hub, request));
  app.out().result("Downloaded", {{"path", done.path}});
  return {};
}

}  // namespace

extern constexpr Command kDownload{
    .name = "download",
    .summary = "Download files or a whole repository.",
    .details =
        "Files go to the cache that is shared with the Python client, or with "
        "--local-dir to a folder. Every byte is hashed before a file gets its "
        "name; what an interrupted run fetched is used by the next one. What "
        "is cached already is not fetched again.\n\n"
        "Prints the path of the file or folder.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .section = "Get",
    .run = run,
};
static_assert(well_formed(kDownload));

}  // namespace hug::cli::cmd
