// hug cache list
#include <algorithm>
#include <set>

#include "app/app.h"
#include "cmd/cache/rows.h"
#include "cmd/options.h"
#include "cmd/sizes.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kSorts[] = {
    "accessed",     "accessed:asc",  "accessed:desc", "modified",
    "modified:asc", "modified:desc", "name",          "name:asc",
    "name:desc",    "size",          "size:asc",      "size:desc"};

constexpr Option kOptions[] = {
    kCacheDir,
    {.name = "revisions",
     .help = "A line a revision instead of a line a repository.",
     .negation = true},
    {.name = "filter",
     .letter = 'f',
     .kind = Kind::kValue,
     .value = "EXPR",
     .help = "Only what passes, such as size>1GB, accessed>7d, type=model or "
             "refs=main.",
     .many = true},
    {.name = "sort",
     .kind = Kind::kValue,
     .value = "KEY",
     .help = "Order of the lines.",
     .choices = kSorts,
     .complete = Complete::kChoices},
    {.name = "limit",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Show at most so many.",
     .maximum = kMany},
    {.name = "show-warnings",
     .help = "Say what is odd in the cache.",
     .negation = true},
};

constexpr Example kExamples[] = {
    {"hug cache ls"},
    {"hug cache ls --filter \"size>1GB\" --sort size"},
    {"hug cache ls --revisions --json"},
};

constexpr std::string_view kSeeAlso[] = {"cache rm", "cache prune"};

std::vector<CacheEntry> entries_of(const CacheScan& scan, bool revisions) {
  std::vector<CacheEntry> entries;
  for (const CachedRepo& repo : scan.repos) {
    if (!revisions) {
      entries.push_back({&repo});
      continue;
    }
    for (const CachedRevision& revision : repo.revisions) {
      entries.push_back({&repo, &revision});
    }
  }
  std::ranges::stable_sort(entries,
                           [](const CacheEntry& a, const CacheEntry& b) {
                             const std::string left = cache_id(*a.repo);
                             const std::string right = cache_id(*b.repo);
                             if (left != right || a.revision == nullptr)
                               return left < right;
                             return a.revision->commit < b.revision->commit;
                           });
  return entries;
}

Value row_of(const CacheEntry& entry, CacheTime now, bool bytes) {
  Value row;
  const CachedRepo& repo = *entry.repo;
  row.set("id", cache_id(repo));
  row.set("repo_id", repo.id.full());
  row.set("repo_type", repo_type_name(repo.id.type));
  if (entry.revision != nullptr) {
    row.set("revision", entry.revision->commit);
    row.set("snapshot_path", entry.revision->path);
  }
  row.set("size", short_size(entry.size()));
  if (entry.revision == nullptr) {
    row.set("last_accessed", age_text(repo.accessed, now));
  }
  row.set("last_modified", age_text(entry.modified(), now));
  row.set("refs", Value::strings(entry.refs()));
  if (bytes) row.set("size_bytes", entry.size());
  return row;
}

void footer(Out& out, const std::vector<CacheEntry>& entries,
            const CacheScan& scan, bool revisions, bool all) {
  if (entries.empty()) return;
  std::set<const CachedRepo*> repos;
  std::uint64_t size = 0;
  for (const CacheEntry& entry : entries) {
    repos.insert(entry.repo);
    size += entry.size();
  }
  std::size_t n_revisions = revisions ? entries.size() : 0;
  if (!revisions) {
    for (const CachedRepo* repo : repos)
      n_revisions += repo->revisions.size();
    if (all) size = scan.size;
  }
  out.text("");
  out.strong_text("Found " + std::to_string(repos.size()) +
                  " repo(s) for a total of " + std::to_string(n_revisions) +
                  " revision(s) and " + short_size(size) + " on disk.");
}

void remarks(Out& out, const CacheScan& scan, bool show) {
  if (show) {
    for (const CacheWarning& warning : scan.warnings) {
      out.warning(warning.path + ": " + warning.text);
    }
  } else if (!scan.warnings.empty()) {
    out.warning("found " + std::to_string(scan.warnings.size()) +
                " cache inconsistencies; run again with `--show-warnings` to "
                "display them");
  }
  const auto say = [&](const std::vector<LeftoverFile>& files,
                       std::string_view what) {
    if (files.empty()) return;
    std::uint64_t size = 0;
    for (const LeftoverFile& file : files)
      size += file.size;
    out.hint("found " + std::to_string(files.size()) + ' ' + std::string(what) +
             " totalling " + short_size(size) +
             "; remove them with 'hug cache prune'");
  };
  say(scan.incomplete, "incomplete download(s)");
  say(scan.unreferenced_shared, "unreferenced shared blob(s)");
}

Result<void> run(App& app, const Args& args) {
  Context* context = HUG_TRY(app.context());
  const CacheScan scan =
      HUG_TRY(scan_existing(*context, args.text("cache-dir")));
  const bool revisions = args.flag("revisions");
  const CacheTime now = cache_now();
  auto entries = entries_of(scan, revisions);
  for (const std::string& filter : args.list("filter")) {
    HUG_TRY(filter_entries(entries, filter, now));
  }
  if (args.has("sort")) sort_entries(entries, args.text("sort"));
  if (args.has("limit")) {
    const auto limit = static_cast<std::size_t>(args.integer("limit"));
    if (entries.size() > limit) entries.resize(limit);
  }
  std::vector<Value> rows;
  for (const CacheEntry& entry : entries) {
    rows.push_back(row_of(entry, now, !app.as_hf()));
  }
  TableOptions table{
      .columns = {"id", "size", "last_accessed", "last_modified", "refs"},
      .id = "id",
      .right = {"size"}};
  if (revisions) {
    table.columns = {"id", "revision", "size", "last_modified", "refs"};
    table.id = "revision";
  }
  Out& out = app.out();
  out.table(rows, table);
  footer(out, entries, scan, revisions,
         !args.has("filter") && !args.has("limit"));
  remarks(out, scan, args.flag("show-warnings"));
  return {};
}

}  // namespace

extern constexpr Command kCacheList{
    .name = "list",
    .aliases = kListAliases,
    .summary = "List the cached repositories or revisions.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .run = run,
};
static_assert(well_formed(kCacheList));

}  // namespace hug::cli::cmd
