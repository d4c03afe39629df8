// hug cache rm
#include <algorithm>

#include "app/app.h"
#include "cmd/cache/rows.h"
#include "cmd/options.h"
#include "cmd/sizes.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    {.name = "targets",
     .kind = Kind::kPositional,
     .value = "TARGETS",
     .help = "model/owner/name, hf://..., a commit, or hf://.../file.",
     .required = true,
     .many = true,
     .complete = Complete::kRepo},
    kCacheDir,
    kYes,
    kDryRun,
};

constexpr Example kExamples[] = {
    {"hug cache rm model/acme/tiny"},
    {"hug cache rm hf://acme/tiny/model.safetensors", "one file"},
    {"hug cache rm $(hug cache ls --filter \"accessed>1y\" -q) --yes"},
};

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::ranges::find(list, value) != list.end();
}

void list_repos_to_go(Out& out, const CacheScan& scan,
                      const CacheRemoval& plan) {
  for (const CachedRepo& repo : scan.repos) {
    if (contains(plan.repos, repo.path)) {
      out.text("  - " + cache_id(repo) + " (entire repo)");
      continue;
    }
    bool headed = false;
    for (const CachedRevision& revision : repo.revisions) {
      if (!contains(plan.revisions, revision.path)) continue;
      if (!headed) out.text("  - " + cache_id(repo) + ':');
      headed = true;
      std::string refs;
      for (const std::string& ref : revision.refs) {
        refs += (refs.empty() ? "" : " ") + ref;
      }
      out.text("      " + revision.commit + " [" +
               (refs.empty() ? "(detached)" : refs) + "] " +
               short_size(revision.size));
    }
  }
}

std::string summary_of(const CacheScan& scan, const CacheRemoval& plan) {
  std::uint64_t whole = 0;
  for (const CachedRepo& repo : scan.repos) {
    if (contains(plan.repos, repo.path)) whole += repo.revisions.size();
  }
  const std::uint64_t parts =
      plan.n_revisions > whole ? plan.n_revisions - whole : 0;
  const std::string revisions = std::to_string(parts) + " revision(s)";
  if (plan.n_repos == 0) return revisions;
  const std::string repos = std::to_string(plan.n_repos) + " repo(s)";
  return parts == 0 ? repos : repos + " and " + revisions;
}

void list_files_to_go(Out& out, const CacheScan& scan,
                      const CacheRemoval& plan) {
  out.text("About to delete " + std::to_string(plan.n_files) +
           " file(s) totalling " + short_size(plan.size) + '.');
  std::vector<std::string> labels;
  for (const CachedRepo& repo : scan.repos) {
    for (const CachedRevision& revision : repo.revisions) {
      for (const CachedFile& file : revision.files) {
        if (!contains(plan.files, file.local_path)) continue;
        labels.push_back(cache_id(repo) + '@' + revision.commit + '/' +
                         file.path);
      }
    }
  }
  std::ranges::sort(labels);
  for (const std::string& label : labels)
    out.text("  - " + label);
}

Result<void> confirm_and_remove(App& app, const Args& args,
                                const CacheRemoval& plan) {
  HUG_TRY(app.out().confirm("Proceed with deletion?", args.flag("yes")));
  Context* context = HUG_TRY(app.context());
  const CacheRemoved done = HUG_TRY(remove_cached(*context, plan));
  for (const auto& warning : done.warnings) {
    app.out().warning(warning.path + ": " + warning.text);
  }
  return {};
}

Result<void> remove_files(App& app, const Args& args, const CacheScan& scan,
                          const CacheRemoval& plan) {
  Out& out = app.out();
  list_files_to_go(out, scan, plan);
  const std::string size = short_size(plan.size);
  if (args.flag("dry-run")) {
    out.result("Dry run: no files were deleted.",
               {{"dry_run", true}, {"files", plan.n_files}, {"size", size}});
    return {};
  }
  HUG_TRY(confirm_and_remove(app, args, plan));
  out.result("Deleted " + std::to_string(plan.n_files) + " file(s); freed " +
                 size + '.',
             {{"files_deleted", plan.n_files}, {"freed", size}});
  return {};
}

Result<void> remove_revisions(App& app, const Args& args, const CacheScan& scan,
                              const CacheRemoval& plan) {
  Out& out = app.out();
  const std::string size = short_size(plan.size);
  out.text("About to delete " + summary_of(scan, plan) + " totalling " + size +
           '.');
  list_repos_to_go(out, scan, plan);
  if (args.flag("dry-run")) {
    out.result("Dry run: no files were deleted.",
               {{"dry_run", true},
                {"repos", plan.n_repos},
                {"revisions", plan.n_revisions},
                {"size", size}});
    return {};
  }
  HUG_TRY(confirm_and_remove(app, args, plan));
  out.result("Deleted " + std::to_string(plan.n_repos) + " repo(s) and " +
                 std::to_string(plan.n_revisions) + " revision(s); freed " +
                 size + '.',
             {{"repos_deleted", plan.n_repos},
              {"revisions_deleted", plan.n_revisions},
              {"freed", size}});
  return {};
}

Result<void> run(App& app, const Args& args) {
  Context* context = HUG_TRY(app.context());
  const CacheScan scan =
      HUG_TRY(scan_existing(*context, args.text("cache-dir")));
  const CacheRemoval plan =
      HUG_TRY(plan_cache_removal(scan, args.list("targets")));
  Out& out = app.out();
  if (!plan.unknown.empty()) {
    std::string text = "Could not find in cache:";
    for (const std::string& target : plan.unknown)
      text += "\n  - " + target;
    out.warning(text);
  }
  if (plan.n_files > 0 && plan.n_revisions == 0) {
    return remove_files(app, args, scan, plan);
  }
  if (plan.n_revisions == 0 && plan.n_repos == 0) {
    out.text("Nothing to delete.");
    return {};
  }
  return remove_revisions(app, args, scan, plan);
}

}  // namespace

extern constexpr Command kCacheRm{
    .name = "rm",
    .summary = "Remove repositories, revisions or files from the cache.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kCacheRm));

}  // namespace hug::cli::cmd
