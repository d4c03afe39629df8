#include "cache/scan.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/strings.h"
#include "cache/layout.h"
#include "cache/partial.h"
#include "cache/shared_store.h"
#include "sys/context.h"
#include "sys/paths.h"
#include "sys/tree.h"

namespace hug::cache {

namespace {

constexpr std::array<std::string_view, 5> kKnown = {
    ".DS_Store", "Thumbs.db", "desktop.ini", ".locks", "CACHEDIR.TAG"};

// Walks one repository.
class RepoScan {
 public:
  RepoScan(sys::Fs& fs, const std::string& path,
           std::vector<CacheWarning>& warnings)
      : fs_(fs), path_(path), warnings_(warnings) {}

  void run(CachedRepo& repo) {
    const auto snapshots = fs_.list(path_ + "/snapshots");
    if (!snapshots) {
      warn(path_, "it has no snapshots");
    } else {
      for (const sys::DirEntry& entry : *snapshots)
        add_snapshot(repo, entry);
    }
    add_refs(repo);
    finish(repo);
  }

 private:
  void warn(std::string path, std::string text) {
    warnings_.push_back({std::move(path), std::move(text)});
  }

  void add_snapshot(CachedRepo& repo, const sys::DirEntry& entry) {
    const std::string path = path_ + "/snapshots/" + entry.name;
    if (entry.name == ".DS_Store") return;
    if (entry.kind != sys::FileKind::kDirectory) {
      return warn(path, "a file in place of a snapshot");
    }
    CachedRevision revision;
    revision.commit = entry.name;
    revision.path = path;
    const auto done =
        sys::walk(fs_, path, [&](const sys::WalkEntry& e) -> Result<bool> {
          if (e.kind != sys::FileKind::kDirectory) add_file(revision, e.path);
          return true;
        });
    if (!done) warn(path, done.error().message());
    std::set<std::string> seen;
    for (const CachedFile& file : revision.files) {
      if (seen.insert(file.blob_path).second) revision.size += file.size;
      revision.modified = std::max(revision.modified, file.modified);
    }
    if (revision.files.empty()) {
      if (const auto info = fs_.info(path)) {
        revision.modified = cache_time(info->modified);
      }
    }
    repo.revisions.push_back(std::move(revision));
  }

  void add_file(CachedRevision& revision, const std::string& name) {
    CachedFile file;
    file.path = name;
    file.local_path = revision.path + "/" + name;
    const auto info = fs_.info(file.local_path);
    if (!info) return warn(file.local_path, "a link that leads nowhere");
    if (info->kind != sys::FileKind::kFile) {
      return warn(file.local_path, "neither a file nor a link to one");
    }
    file.blob_path = file.local_path;
    if (const auto target = fs_.read_link(file.local_path)) {
      file.blob = blob_name_of(name, *target);
      file.blob_path = file.blob.empty() ? sys::real_path(file.local_path)
                                         : path_ + "/blobs/" + file.blob;
      const auto shared = fs_.read_link(file.blob_path);
      if (shared) file.xet_hash = parse_shared_target(*shared).value_or("");
    }
    file.size = info->size;
    file.accessed = cache_time(info->accessed);
    file.modified = cache_time(info->modified);
    revision.files.push_back(std::move(file));
  }

  void add_refs(CachedRepo& repo) {
    for (const RefFile& ref : read_refs(fs_, path_)) {
      const std::string_view commit = base::trim(ref.content);
      const auto at = std::find_if(
          repo.revisions.begin(), repo.revisions.end(),
          [&](const CachedRevision& r) { return r.commit == commit; });
      if (at == repo.revisions.end()) {
        // A download into a folder remembers its revision here and leaves no
        // snapshot.
        if (!is_commit(commit))
          warn(path_ + "/refs/" + ref.name, "a ref that names no commit");
        continue;
      }
      at->refs.push_back(ref.name);
      repo.refs.push_back(ref.name);
    }
  }

  void finish(CachedRepo& repo) {
    std::map<std::string, const CachedFile*> blobs;
    for (const CachedRevision& revision : repo.revisions) {
      for (const CachedFile& file : revision.files) {
        blobs.emplace(file.blob_path, &file);
      }
    }
    for (const auto& [path, file] : blobs) {
      repo.size += file->size;
      repo.accessed = std::max(repo.accessed, file->accessed);
      repo.modified = std::max(repo.modified, file->modified);
    }
    repo.n_files = blobs.size();
    if (blobs.empty()) {
      if (const auto info = fs_.info(path_)) {
        repo.accessed = cache_time(info->accessed);
        repo.modified = cache_time(info->modified);
      }
    }
    std::stable_sort(repo.revisions.begin(), repo.revisions.end(),
                     [](const CachedRevision& a, const CachedRevision& b) {
                       return a.modified > b.modified;
                     });
  }

  sys::Fs& fs_;
  const std::string& path_;
  std::vector<CacheWarning>& warnings_;
};

void add_incomplete(sys::Fs& fs, const std::string& repo_path,
                    std::vector<LeftoverFile>& out) {
  const auto entries = fs.list(repo_path + "/blobs");
  if (!entries) return;
  for (const sys::DirEntry& entry : *entries) {
    if (!entry.name.ends_with(kPartialSuffix)) continue;
    const std::string path = repo_path + "/blobs/" + entry.name;
    const auto info = fs.link_info(path);
    if (!info || info->kind != sys::FileKind::kFile) continue;
    out.push_back({path, std::min(info->size, info->allocated),
                   cache_time(info->modified)});
  }
}

void add_shared(const SharedStore& store, CacheScan& out) {
  for (const SharedStore::Payload& payload : store.payloads()) {
    out.size += payload.size;
    if (payload.referenced) continue;
    out.unreferenced_shared.push_back({out.root + "/blobs/" +
                                           payload.xet_hash.substr(0, 2) + "/" +
                                           payload.xet_hash,
                                       payload.size,
                                       {}});
  }
}

// What the repository's own blobs take; shared ones are counted in the store.
std::uint64_t own_size(const CachedRepo& repo) {
  std::set<std::string> seen;
  std::uint64_t sum = 0;
  for (const CachedRevision& revision : repo.revisions) {
    for (const CachedFile& file : revision.files) {
      if (!file.xet_hash.empty()) continue;
      if (seen.insert(file.blob_path).second) sum += file.size;
    }
  }
  return sum;
}

}  // namespace

bool is_known_root_entry(std::string_view name) {
  return std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end();
}

std::string blob_name_of(std::string_view file, std::string_view target) {
  const auto n = target.rfind('/');
  if (n == target.npos) return {};
  const std::string name(target.substr(n + 1));
  return pointer_target(file, name) == target ? name : std::string();
}

CacheTime cache_time(std::chrono::sys_time<std::chrono::nanoseconds> time) {
  return std::chrono::floor<std::chrono::milliseconds>(time);
}

std::vector<RefFile> read_refs(sys::Fs& fs, const std::string& repo_path) {
  std::vector<RefFile> out;
  const std::string root = repo_path + "/refs";
  (void)sys::walk(fs, root, [&](const sys::WalkEntry& e) -> Result<bool> {
    if (e.kind == sys::FileKind::kDirectory) return true;
    const auto text = fs.read_file(root + "/" + e.path, 4096);
    out.push_back({e.path, text.value_or(std::string())});
    return false;
  });
  return out;
}

CachedRepo scan_repo(sys::Fs& fs, const RepoId& id, const std::string& path,
                     std::vector<CacheWarning>& warnings) {
  CachedRepo repo;
  repo.id = id;
  repo.path = path;
  RepoScan(fs, path, warnings).run(repo);
  return repo;
}

}  // namespace hug::cache

namespace hug {

namespace {

/// No revision and no content: at most what names and lists revisions, as a
/// download into a folder or a look at a model on a hub leaves it.
bool holds_nothing(sys::Fs& fs, const std::string& path) {
  for (const char* folder : {"/snapshots", "/blobs"}) {
    const auto entries = fs.list(path + folder);
    if (entries ? !entries->empty() : fs.exists(path + folder)) return false;
  }
  return true;
}

}  // namespace

Result<CacheScan> scan_cache(const Context& context, std::string_view root) {
  const Context::Parts& parts = context.parts();
  sys::Fs& fs = *parts.fs;
  CacheScan out;
  out.root = HUG_TRY(cache::cache_settings(parts.env, root)).root;
  const auto info = HUG_TRY(fs.find_info(out.root));
  if (!info) return out;
  out.exists = true;
  const sys::Dir dir = HUG_TRY(fs.open_dir(out.root));
  const cache::SharedStore store(fs, *parts.clock, dir);
  for (const sys::DirEntry& entry : HUG_TRY(fs.list(out.root))) {
    HUG_TRY(parts.check_stop());
    const std::string path = out.root + "/" + entry.name;
    if (cache::is_known_root_entry(entry.name)) continue;
    if (entry.name == "blobs" && store.usable(false)) {
      cache::add_shared(store, out);
      continue;
    }
    const auto id = cache::parse_repo_folder(entry.name);
    const auto kind = fs.info(path);
    if (!id || !kind || kind->kind != sys::FileKind::kDirectory) {
      out.warnings.push_back({path, "not a cached repository"});
      continue;
    }
    cache::add_incomplete(fs, path, out.incomplete);
    if (holds_nothing(fs, path)) {
      if (!fs.exists(path + "/refs"))
        out.warnings.push_back({path, "it has no snapshots"});
      continue;
    }
    out.repos.push_back(cache::scan_repo(fs, *id, path, out.warnings));
    out.size += cache::own_size(out.repos.back());
  }
  return out;
}

}  // namespace hug
