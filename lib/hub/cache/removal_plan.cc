// What would go, worked out from a scan alone.
#include <algorithm>
#include <map>
#include <set>

#include "base/strings.h"
#include "cache/layout.h"
#include "hug/cache.h"

namespace hug {

namespace {

// What a target names.
struct Target {
  std::string commit = {};    // of any repository
  std::string folder = {};    // lower-case repo folder name
  std::string revision = {};  // of that repository only
  std::string file = {};
};

constexpr std::string_view kScheme = "hf://";

std::optional<std::string> plural_type(std::string_view word) {
  for (const std::string_view type : {"model", "dataset", "space", "kernel"}) {
    if (word == type || word == std::string(type) + "s") {
      return std::string(type) + "s";
    }
  }
  return std::nullopt;
}

Result<Target> parse_target(std::string_view text) {
  if (cache::is_commit(base::to_lower(text))) {
    return Target{base::to_lower(text), {}, {}, {}};
  }
  const bool uri = text.starts_with(kScheme);
  if (uri) text.remove_prefix(kScheme.size());
  const std::string_view whole = text;
  auto parts = base::split(text, '/');
  std::string type = "models";
  if (const auto named = plural_type(parts[0]); named && parts.size() > 1) {
    type = *named;
    parts.erase(parts.begin());
  }
  const bool has_empty = std::any_of(
      parts.begin(), parts.end(), [](std::string_view p) { return p.empty(); });
  if (has_empty || parts.size() > (uri ? 64U : 2U)) {
    return Error(Code::kUsage, "'" + std::string(whole) +
                                   "' is neither a commit nor a repository")
        .hint("give a full commit id, model/OWNER/NAME, or a hf:// address");
  }
  Target out;
  std::string owner;
  std::string name(parts[0]);
  std::size_t next = 1;
  if (parts.size() > 1) {
    owner = std::exchange(name, std::string(parts[1]));
    next = 2;
  }
  if (const auto at = name.find('@'); at != std::string::npos) {
    out.revision = name.substr(at + 1);
    name.resize(at);
  }
  for (; next < parts.size(); ++next) {
    if (!out.file.empty()) out.file += '/';
    out.file += parts[next];
  }
  out.folder =
      base::to_lower(type + "--" + (owner.empty() ? "" : owner + "--") + name);
  return out;
}

using RevisionSet = std::set<const CachedRevision*>;

// Collects what is chosen, then says what that takes along.
class Planner {
 public:
  explicit Planner(const CacheScan& scan) : scan_(scan) {
    out_.root = scan.root;
    for (const CachedRepo& repo : scan.repos) {
      for (const CachedRevision& revision : repo.revisions) {
        for (const CachedFile& file : revision.files) {
          if (!file.xet_hash.empty()) {
            shared_users_[file.xet_hash].insert(file.blob_path);
            shared_sizes_[file.xet_hash] = file.size;
          }
        }
      }
    }
  }

  bool choose(const Target& target) {
    bool found = false;
    for (const CachedRepo& repo : scan_.repos) {
      if (!target.folder.empty() &&
          base::to_lower(cache::repo_folder(repo.id)) != target.folder) {
        continue;
      }
      found |= choose_in(repo, target);
    }
    return found;
  }

  void choose(const CachedRepo& repo, const CachedRevision& revision) {
    chosen_[&repo].insert(&revision);
  }

  CacheRemoval take() {
    for (const CachedRepo& repo : scan_.repos) {
      const auto at = chosen_.find(&repo);
      const RevisionSet none;
      plan_repo(repo, at == chosen_.end() ? none : at->second);
    }
    for (const auto& [hash, users] : shared_users_) {
      if (!gone_shared_[hash].empty()) out_.shared.push_back(hash);
      if (gone_shared_[hash].size() != users.size()) continue;
      ++out_.n_shared;
      out_.size += shared_sizes_[hash];
    }
    return std::move(out_);
  }

 private:
  bool choose_in(const CachedRepo& repo, const Target& target) {
    bool found = false;
    for (const CachedRevision& revision : repo.revisions) {
      const bool named = std::find(revision.refs.begin(), revision.refs.end(),
                                   target.revision) != revision.refs.end();
      if (!target.commit.empty() && revision.commit != target.commit) continue;
      if (!target.revision.empty() && !named &&
          revision.commit != target.revision) {
        continue;
      }
      if (target.file.empty()) {
        choose(repo, revision);
        found = true;
        continue;
      }
      for (const CachedFile& file : revision.files) {
        if (file.path != target.file) continue;
        files_.insert(&file);
        found = true;
      }
    }
    // A repository without revisions can still be removed as a whole.
    if (repo.revisions.empty() && !target.folder.empty() &&
        target.file.empty() && target.revision.empty()) {
      chosen_[&repo];
      found = true;
    }
    return found;
  }

  void plan_repo(const CachedRepo& repo, const RevisionSet& revisions) {
    const bool all =
        chosen_.contains(&repo) && revisions.size() == repo.revisions.size();
    std::set<std::string> kept;
    std::map<std::string, const CachedFile*> gone;
    for (const CachedRevision& revision : repo.revisions) {
      const bool goes = revisions.contains(&revision);
      for (const CachedFile& file : revision.files) {
        if (goes || files_.contains(&file)) {
          gone.emplace(file.blob_path, &file);
          if (!goes) add_file(file);
        } else {
          kept.insert(file.blob_path);
        }
      }
      if (goes && !all) add_revision(repo, revision);
    }
    if (all) {
      out_.repos.push_back(repo.path);
      ++out_.n_repos;
    }
    out_.n_revisions += revisions.size();
    for (const auto& [path, file] : gone) {
      if (kept.contains(path)) continue;
      if (!all && !file->blob.empty()) out_.blobs.push_back(path);
      if (file->xet_hash.empty()) {
        out_.size += file->size;
      } else {
        gone_shared_[file->xet_hash].insert(path);
      }
    }
  }

  void add_revision(const CachedRepo& repo, const CachedRevision& revision) {
    out_.revisions.push_back(revision.path);
    for (const std::string& ref : revision.refs) {
      out_.refs.push_back(repo.path + "/refs/" + ref);
    }
  }

  void add_file(const CachedFile& file) {
    out_.files.push_back(file.local_path);
    ++out_.n_files;
  }

  const CacheScan& scan_;
  CacheRemoval out_;
  std::map<const CachedRepo*, RevisionSet> chosen_;
  std::set<const CachedFile*> files_;
  std::map<std::string, std::set<std::string>> shared_users_;
  std::map<std::string, std::set<std::string>> gone_shared_;
  std::map<std::string, std::uint64_t> shared_sizes_;
};

}  // namespace

Result<CacheRemoval> plan_cache_removal(
    const CacheScan& scan, const std::vector<std::string>& targets) {
  Planner planner(scan);
  std::vector<std::string> unknown;
  for (const std::string& text : targets) {
    const Target target = HUG_TRY(parse_target(text));
    if (!planner.choose(target)) unknown.push_back(text);
  }
  CacheRemoval out = planner.take();
  out.unknown = std::move(unknown);
  return out;
}

CacheRemoval plan_cache_prune(const CacheScan& scan,
                              const PruneOptions& options) {
  Planner planner(scan);
  for (const CachedRepo& repo : scan.repos) {
    if (!options.detached) break;
    for (const CachedRevision& revision : repo.revisions) {
      if (revision.refs.empty()) planner.choose(repo, revision);
    }
  }
  CacheRemoval out = planner.take();
  const auto now = std::chrono::system_clock::now();
  for (const LeftoverFile& file : scan.incomplete) {
    if (!options.incomplete) break;
    if (now - file.modified < options.incomplete_age) continue;
    out.incomplete.push_back(file.path);
    out.size += file.size;
  }
  for (const LeftoverFile& file : scan.unreferenced_shared) {
    if (!options.shared) break;
    out.shared.push_back(file.path.substr(file.path.rfind('/') + 1));
    out.size += file.size;
    ++out.n_shared;
  }
  return out;
}

}  // namespace hug
