// Checker: the problems' bookkeeping, and what lies outside of repositories.
#include "cache/check.h"

#include <algorithm>

#include "base/strings.h"
#include "cache/layout.h"
#include "cache/partial.h"
#include "cache/scan.h"
#include "cache/shared_store.h"
#include "sys/lock.h"
#include "sys/part_file.h"
#include "sys/paths.h"
#include "sys/tree.h"

namespace hug::cache {

namespace {

constexpr std::uint64_t kLowSpace = std::uint64_t{1} << 30;

}  // namespace

Checker::Checker(const Context::Parts& parts, const CacheCheckOptions& options,
                 const sys::Dir& root)
    : parts_(parts), fs_(*parts.fs), options_(options), root_(root) {}

void Checker::add(std::string_view id, CacheSeverity severity,
                  const std::string& path, std::string text,
                  const Repair& repair) {
  CacheProblem problem;
  problem.id = id;
  problem.severity = severity;
  problem.path = path;
  problem.text = std::move(text);
  problem.can_repair = static_cast<bool>(repair);
  problem.repaired = options_.repair && repair && repair();
  if (problem.repaired) {
    ++report_.n_repaired;
  } else if (severity == CacheSeverity::kError) {
    ++report_.n_errors;
  }
  report_.problems.push_back(std::move(problem));
}

Checker::Repair Checker::removing(const std::string& path) {
  return [this, path] {
    const std::string prefix = root_.path() + "/";
    if (!path.starts_with(prefix)) return false;
    return fs_.remove(root_ / path.substr(prefix.size())).has_value();
  };
}

void Checker::begin(std::uint64_t total) {
  progress_.kind = Event::Kind::kPlan;
  progress_.total = total;
  parts_.emit(progress_);
  progress_.kind = Event::Kind::kProgress;
}

void Checker::finish() {
  progress_.kind = Event::Kind::kFinish;
  parts_.emit(progress_);
}

void Checker::check_root() {
  const SharedStore store(fs_, *parts_.clock, root_);
  const auto entries = fs_.list(root_.path());
  if (!entries) return;
  for (const sys::DirEntry& entry : *entries) {
    if (is_known_root_entry(entry.name)) continue;
    if (entry.name == "blobs" && store.usable(false)) continue;
    const std::string path = root_.path() + "/" + entry.name;
    const auto info = fs_.info(path);
    const bool folder = info && info->kind == sys::FileKind::kDirectory;
    if (!folder || !parse_repo_folder(entry.name)) {
      add("foreign-file", CacheSeverity::kInfo, path,
          "It belongs to no repository; hug leaves it alone.");
    }
  }
  const Result<sys::SpaceInfo> space = fs_.space(root_.path());
  if (!space) return;
  if (space->available < kLowSpace) {
    add("disk-low", CacheSeverity::kWarning, root_.path(),
        "Only " + base::format_bytes(space->available) + " are free.");
  }
  if (space->network) {
    add("fs-network", CacheSeverity::kInfo, root_.path(),
        "It lies on a network file system: models are read, not mapped.");
  }
}

void Checker::check_locks(const std::string& folder) {
  const std::string dir = root_.path() + "/.locks/" + folder;
  const auto entries = fs_.list(dir);
  if (!entries) return;
  for (const sys::DirEntry& entry : *entries) {
    const std::string path = dir + "/" + entry.name;
    std::string_view stem = entry.name;
    if (entry.kind != sys::FileKind::kFile) {
      add("lock-not-file", CacheSeverity::kError, path,
          "Something that is no file is in the place of a lock.");
    } else if (stem.ends_with(kJournalSuffix)) {
      stem.remove_suffix(kJournalSuffix.size());
      const std::string data = root_.path() + "/" + folder + "/blobs/" +
                               std::string(stem) + std::string(kPartialSuffix);
      if (fs_.find_link_info(data).value_or(std::nullopt)) continue;
      add("journal-without-partial", CacheSeverity::kInfo, path,
          "The partial download that it speaks of is gone.", removing(path));
    } else if (stem.ends_with(".lease")) {
      const auto text = fs_.read_file(path, 4096);
      const auto holder = sys::parse_lock_holder(text.value_or(""));
      if (!sys::is_gone(holder)) continue;
      add("stale-lease", CacheSeverity::kInfo, path,
          "The process that took it has ended.", removing(path));
    }
  }
}

void Checker::check_tokens() {
  const sys::Locations at = sys::locations(parts_.env);
  for (const std::string& path : {at.token, at.stored_tokens}) {
    const auto info = fs_.find_link_info(path).value_or(std::nullopt);
    if (!info || info->kind != sys::FileKind::kFile) continue;
    if ((info->mode & 077) == 0) continue;
    add("wrong-mode-token", CacheSeverity::kError, path,
        "Other users may read this token.", [this, path] {
          sys::OpenOptions open;
          open.no_follow = true;
          const auto file = fs_.open(path, open);
          return file && fs_.set_mode(*file, 0600);
        });
  }
}

}  // namespace hug::cache

namespace hug {

Result<CacheReport> check_cache(const Context& context,
                                const CacheCheckOptions& options) {
  const Context::Parts& parts = context.parts();
  if (options.parts == 0 || options.part == 0 || options.part > options.parts) {
    return Error(Code::kUsage, "there is no part " +
                                   std::to_string(options.part) + " of " +
                                   std::to_string(options.parts));
  }
  const std::string path =
      HUG_TRY(cache::cache_settings(parts.env, options.root)).root;
  if (!HUG_TRY(parts.fs->find_info(path))) return CacheReport();
  const sys::Dir root = HUG_TRY(parts.fs->open_dir(path));
  cache::Checker checker(parts, options, root);
  std::vector<std::pair<RepoId, std::string>> repos;
  std::uint64_t total = 0;
  for (const sys::DirEntry& entry : HUG_TRY(parts.fs->list(path))) {
    const auto id = cache::parse_repo_folder(entry.name);
    if (!id || (options.repo && !(*options.repo == *id))) continue;
    repos.emplace_back(*id, entry.name);
    if (options.hashes) total += checker.bytes_to_hash(entry.name);
  }
  checker.begin(total);
  if (!options.repo) {
    checker.check_root();
    checker.check_tokens();
  }
  for (const auto& [id, folder] : repos) {
    HUG_TRY(checker.check_repo(id, folder));
    checker.check_locks(folder);
  }
  checker.finish();
  return checker.take();
}

}  // namespace hug
