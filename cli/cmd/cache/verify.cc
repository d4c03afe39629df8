// hug cache verify
#include <algorithm>
#include <map>
#include <set>

#include "cmd/options.h"
#include "cmd/repo_choice.h"
#include "hug/cache.h"
#include "hug/download.h"
#include "hug/text.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    {.name = "repo_id",
     .kind = Kind::kPositional,
     .value = "REPO_ID",
     .help = "Repository to compare with the hub; the whole cache is checked "
             "against itself without one.",
     .complete = Complete::kRepo},
    kType,
    kRevision,
    kCacheDir,
    {.name = "local-dir",
     .kind = Kind::kValue,
     .type = Type::kPath,
     .value = "DIR",
     .help = "Check this folder instead of the cache.",
     .complete = Complete::kFolder},
    {.name = "fail-on-missing-files",
     .help = "Fail when the hub has files that are not here."},
    {.name = "fail-on-extra-files",
     .help = "Fail when there are files here that the hub does not have."},
    {.name = "repair",
     .help = "Remove what is broken, and fetch it again unless offline."},
    {.name = "quick", .help = "Names and sizes only; reads no content."},
};

constexpr Example kExamples[] = {
    {"hug cache verify", "every blob against its name; needs no network"},
    {"hug cache verify acme/tiny"},
    {"hug cache verify --repair"},
};

// Where each cached file belongs, before anything is removed.
struct Wanted {
  RepoId repo;
  std::string commit;
  std::vector<std::string> files;
};

std::vector<Wanted> wanted_files(const CacheScan& scan) {
  std::vector<Wanted> all;
  for (const CachedRepo& repo : scan.repos) {
    for (const CachedRevision& revision : repo.revisions) {
      Wanted one{.repo = repo.id, .commit = revision.commit, .files = {}};
      for (const CachedFile& file : revision.files) {
        one.files.push_back(file.path);
      }
      if (!one.files.empty()) all.push_back(std::move(one));
    }
  }
  return all;
}

// The files that are gone since: all of the others are still there.
Result<std::uint64_t> fetch_missing(App& app, const CacheScan& before,
                                    const std::string& root) {
  Context* context = HUG_TRY(app.context());
  Hub* hub = HUG_TRY(app.hub());
  const CacheScan after = HUG_TRY(scan_cache(*context, root));
  std::set<std::string> there;
  for (const CachedRepo& repo : after.repos) {
    for (const CachedRevision& revision : repo.revisions) {
      for (const CachedFile& file : revision.files) {
        there.insert(file.local_path);
      }
    }
  }
  std::uint64_t fetched = 0;
  for (Wanted& wanted : wanted_files(before)) {
    const auto snapshot = [&]() -> std::string {
      for (const CachedRepo& repo : before.repos) {
        for (const CachedRevision& revision : repo.revisions) {
          if (repo.id == wanted.repo && revision.commit == wanted.commit) {
            return revision.path;
          }
        }
      }
      return {};
    }();
    std::erase_if(wanted.files, [&](const std::string& path) {
      return there.contains(snapshot + '/' + path);
    });
    if (wanted.files.empty()) continue;
    fetched += wanted.files.size();
    DownloadRequest request;
    request.repo = wanted.repo;
    request.revision = wanted.commit;
    request.files = wanted.files;
    request.cache_dir = root;
    HUG_TRY(download(*hub, request));
  }
  return fetched;
}

void show_problems(Out& out, const CacheReport& report) {
  static constexpr std::string_view kSeverities[] = {"info", "warning",
                                                     "error"};
  std::vector<Value> rows;
  for (const CacheProblem& problem : report.problems) {
    rows.push_back(
        Value()
            .set("id", problem.id)
            .set("severity",
                 kSeverities[static_cast<std::size_t>(problem.severity)])
            .set("path", problem.path)
            .set("text", problem.text)
            .set("repaired", problem.repaired));
  }
  if (!rows.empty()) out.table(rows);
}

Result<void> check_itself(App& app, const Args& args,
                          std::optional<RepoId> repo) {
  Context* context = HUG_TRY(app.context());
  const std::string root = args.text("cache-dir");
  CacheScan before;
  const bool repair = args.flag("repair");
  if (repair) before = HUG_TRY(scan_cache(*context, root));
  CacheCheckOptions options;
  options.root = root;
  options.repo = std::move(repo);
  options.hashes = !args.flag("quick");
  options.repair = repair;
  const CacheReport report = HUG_TRY(check_cache(*context, options));
  Out& out = app.out();
  std::uint64_t fetched = 0;
  Hub* hub = HUG_TRY(app.hub());
  if (repair && report.n_repaired > 0 && !hub->offline()) {
    fetched = HUG_TRY_WITH(fetch_missing(app, before, root),
                           "fetching again what was broken");
  }
  if (out.mode() != Mode::kJson || report.n_errors > 0) {
    show_problems(out, report);
  }
  if (report.n_errors > 0) {
    return Error(Code::kCorrupt,
                 std::to_string(report.n_errors) + " errors in the cache")
        .hint(repair ? "look at the list above"
                     : "run 'hug cache verify --repair'");
  }
  Fields fields{{"checked", report.n_blobs}, {"bytes", report.bytes}};
  if (repair) {
    fields.emplace_back("repaired", report.n_repaired);
    fields.emplace_back("fetched", fetched);
  }
  out.result("Verified " + std::to_string(report.n_blobs) +
                 " file(s) in the cache. All checksums match.",
             fields);
  return {};
}

struct Place {
  std::string folder;
  std::string revision;
};

Result<Place> place_of(App& app, const Args& args, const RepoChoice& choice) {
  if (args.has("local-dir")) {
    return Place{args.text("local-dir"), choice.revision};
  }
  Context* context = HUG_TRY(app.context());
  const CachedSnapshot snapshot = HUG_TRY(find_cached_snapshot(
      *context, choice.repo, choice.revision.empty() ? "main" : choice.revision,
      args.text("cache-dir")));
  return Place{snapshot.path, snapshot.commit};
}

std::string lines(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths)
    text += "\n  - " + escape_for_terminal(path);
  return text;
}

bool judge(Out& out, const FolderReport& report, const Args& args) {
  bool good = report.mismatches.empty();
  if (!good) {
    std::string text =
        "\u274c Checksum verification failed for the following file(s):";
    for (const FolderMismatch& one : report.mismatches) {
      const bool sha256 = one.expected.size() == 64;
      text += "\n  - " + escape_for_terminal(one.path) + ": expected " +
              one.expected + " (" + (sha256 ? "sha256" : "git-sha1") +
              "), got " + one.actual;
    }
    out.page(text);
  }
  if (!report.missing.empty() && args.flag("fail-on-missing-files")) {
    good = false;
    out.page("\u274c Missing files (present remotely, absent locally):" +
             lines(report.missing));
  } else if (!report.missing.empty()) {
    out.warning(std::to_string(report.missing.size()) +
                " remote file(s) are missing locally; use "
                "--fail-on-missing-files for details");
  }
  if (!report.extra.empty() && args.flag("fail-on-extra-files")) {
    good = false;
    out.page("\u274c Extra files (present locally, absent remotely):" +
             lines(report.extra));
  } else if (!report.extra.empty()) {
    out.warning(std::to_string(report.extra.size()) +
                " local file(s) do not exist on the remote repo; use "
                "--fail-on-extra-files for details");
  }
  return good;
}

Result<void> compare_with_hub(App& app, const Args& args,
                              const RepoChoice& choice) {
  const Place place = HUG_TRY(place_of(app, args, choice));
  Hub* hub = HUG_TRY(app.hub());
  Context* context = HUG_TRY(app.context());
  std::vector<ExpectedFile> expected;
  for (const TreeEntry& entry :
       HUG_TRY(list_tree(*hub, choice.repo, {.revision = place.revision}))) {
    if (entry.folder) continue;
    expected.push_back({entry.path, entry.etag(), entry.size});
  }
  const FolderReport report =
      HUG_TRY(check_folder(*context, place.folder, expected));
  Out& out = app.out();
  const std::string type = type_text(choice.repo);
  if (!judge(out, report, args)) {
    return Error(Code::kCorrupt, "verification failed for '" +
                                     choice.repo.full() + "' (" + type +
                                     ") in " + report.path)
        .hint(
            "run 'hug cache verify --repair', or download it again with "
            "--force-download");
  }
  out.result("Verified " + std::to_string(report.n_checked) + " file(s) for " +
                 type + " '" + choice.repo.full() + "'. All checksums match.",
             {{"repo_id", choice.repo.full()},
              {"repo_type", type},
              {"checked", report.n_checked},
              {"path", report.path}});
  return {};
}

Result<void> run(App& app, const Args& args) {
  if (args.has("local-dir") && args.has("cache-dir")) {
    return Error(Code::kUsage,
                 "'--local-dir' and '--cache-dir' are mutually exclusive");
  }
  if (!args.has("repo_id")) return check_itself(app, args, std::nullopt);
  const RepoChoice choice = HUG_TRY(choose_repo(app, args));
  Hub* hub = HUG_TRY(app.hub());
  const bool by_names = hub->offline() || args.flag("repair");
  if (by_names && !args.has("local-dir")) {
    return check_itself(app, args, choice.repo);
  }
  return compare_with_hub(app, args, choice);
}

}  // namespace

extern constexpr Command kCacheVerify{
    .name = "verify",
    .summary = "Check cached files against their digests, and mend them.",
    .details =
        "In the cache a file's blob is named after its digest, so the cache "
        "can be checked with no network. Given a repository, its files are "
        "compared with what the hub lists.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kCacheVerify));

}  // namespace hug::cli::cmd
