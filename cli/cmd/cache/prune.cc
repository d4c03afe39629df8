// hug cache prune
#include "app/app.h"
#include "cmd/cache/rows.h"
#include "cmd/options.h"
#include "cmd/sizes.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {kCacheDir, kYes, kDryRun};

constexpr Example kExamples[] = {{"hug cache prune --dry-run"},
                                 {"hug cache prune --yes"}};

std::string summary_of(const CacheRemoval& plan) {
  std::vector<std::string> parts;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) parts.push_back(std::to_string(count) + std::string(what));
  };
  add(plan.n_revisions, " unreferenced revision(s)");
  add(plan.incomplete.size(), " incomplete download(s)");
  add(plan.n_shared, " unreferenced shared blob(s)");
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

Result<void> run(App& app, const Args& args) {
  Context* context = HUG_TRY(app.context());
  const CacheScan scan =
      HUG_TRY(scan_existing(*context, args.text("cache-dir")));
  const CacheRemoval plan = plan_cache_prune(scan);
  Out& out = app.out();
  if (plan.empty()) {
    out.text(
        "No unreferenced revisions, incomplete downloads or shared blobs "
        "found. Nothing to prune.");
    return {};
  }
  const std::string size = short_size(plan.size);
  const std::string summary = summary_of(plan);
  out.text("About to delete " + summary + " (" + size + " total).");
  if (args.flag("dry-run")) {
    out.result("Dry run: no files were deleted.",
               {{"dry_run", true},
                {"revisions", plan.n_revisions},
                {"incomplete", plan.incomplete.size()},
                {"shared_blobs", plan.n_shared},
                {"size", size}});
    return {};
  }
  HUG_TRY(out.confirm("Proceed?", args.flag("yes")));
  const CacheRemoved done = HUG_TRY(remove_cached(*context, plan));
  for (const auto& warning : done.warnings) {
    out.warning(warning.path + ": " + warning.text);
  }
  out.result("Deleted " + summary + "; freed " + size + '.',
             {{"revisions_deleted", plan.n_revisions},
              {"incomplete_deleted", plan.incomplete.size()},
              {"shared_blobs_deleted", plan.n_shared},
              {"freed", size}});
  return {};
}

}  // namespace

extern constexpr Command kCachePrune{
    .name = "prune",
    .summary = "Remove revisions without a name and abandoned downloads.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kCachePrune));

}  // namespace hug::cli::cmd
