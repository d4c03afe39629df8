// Carrying out a removal.
#include <algorithm>

#include "base/strings.h"
#include "cache/partial.h"
#include "cache/shared_store.h"
#include "hug/cache.h"
#include "sys/context.h"
#include "sys/paths.h"
#include "sys/tree.h"

namespace hug {

namespace {

class Remover {
 public:
  Remover(const Context::Parts& parts, const sys::Dir& root)
      : fs_(*parts.fs), root_(root), store_(*parts.fs, *parts.clock, root) {}

  CacheRemoved& out() { return out_; }

  // Paths come from a plan that anybody may have made: each must lie below the
  // root, and is removed beneath its descriptor.
  std::optional<std::string> relative(const std::string& path) {
    const std::string prefix = root_.path() + "/";
    if (path.starts_with(prefix)) {
      std::string name = path.substr(prefix.size());
      const auto parts = base::split(name, '/');
      const bool odd =
          std::any_of(parts.begin(), parts.end(), [](std::string_view p) {
            return p.empty() || p == "." || p == "..";
          });
      if (!odd) return name;
    }
    warn(path, "it does not lie in the cache");
    return std::nullopt;
  }

  /// Returns the bytes of the file that went.
  std::uint64_t remove_file(const std::string& path, std::uint64_t& count) {
    const auto name = relative(path);
    if (!name) return 0;
    const auto info = fs_.link_info(root_ / *name);
    const Result<bool> removed = fs_.remove_if_present(root_ / *name);
    if (!removed) {
      warn(path, removed.error().message());
      return 0;
    }
    if (!*removed) return 0;
    ++count;
    return info && info->kind == sys::FileKind::kFile ? info->size : 0;
  }

  void free_file(const std::string& path, std::uint64_t& count) {
    out_.freed += remove_file(path, count);
  }

  void remove_folder(const std::string& path, std::uint64_t& count) {
    const auto name = relative(path);
    if (!name) return;
    const auto info = fs_.link_info(root_ / *name);
    if (!info) return;
    std::uint64_t size = 0;
    const std::string real = sys::real_path(path);
    (void)sys::walk(fs_, real, [&](const sys::WalkEntry& e) -> Result<bool> {
      // The cache's own notes are not what people want room for.
      if (e.path == "refs" || e.path == "trees" || e.path == ".no_exist") {
        return false;
      }
      if (e.kind == sys::FileKind::kFile) {
        const auto file = fs_.link_info(real + "/" + e.path);
        size += file ? file->size : 0;
      }
      return true;
    });
    // A repository that was moved to another disk left a link in its place.
    if (info->kind == sys::FileKind::kSymlink) {
      if (const auto gone = sys::remove_tree(fs_, real); !gone) {
        return warn(path, gone.error().message());
      }
    }
    const Result<std::uint64_t> gone = sys::remove_tree(fs_, root_ / *name);
    if (!gone) return warn(path, gone.error().message());
    ++count;
    out_.freed += size;
  }

  // The journal of a partial file, or of all of a repository.
  void remove_journals(const std::string& repo_folder,
                       std::string_view partial) {
    const std::string folder = ".locks/" + repo_folder;
    const auto entries = fs_.list(root_ / folder);
    if (!entries) return;
    for (const sys::DirEntry& entry : *entries) {
      const std::string_view name = entry.name;
      if (!name.ends_with(cache::kJournalSuffix)) continue;
      const auto stem =
          name.substr(0, name.size() - cache::kJournalSuffix.size());
      if (!partial.empty() && stem != partial) continue;
      (void)fs_.remove_if_present(root_ / (folder + "/" + entry.name));
    }
  }

  void remove_partial(const std::string& path) {
    const auto name = relative(path);
    if (!name) return;
    const auto parts = base::split(*name, '/');
    const std::string folder(parts[0]);
    std::string_view stem = parts.back();
    if (stem.ends_with(cache::kPartialSuffix)) {
      stem.remove_suffix(cache::kPartialSuffix.size());
    }
    const std::string journal = ".locks/" + folder + "/" + std::string(stem) +
                                std::string(cache::kJournalSuffix);
    if (sys::is_being_written(fs_, root_ / journal)) {
      return warn(path, "it is being written at the moment");
    }
    // Partial files are larger than what is in them.
    const auto info = fs_.link_info(root_ / *name);
    const std::uint64_t size = remove_file(path, out_.n_incomplete);
    out_.freed += info ? std::min(size, info->allocated) : size;
    remove_journals(folder, stem);
  }

  void sweep(const std::string& hash) {
    const Result<std::uint64_t> freed = store_.sweep(hash);
    if (!freed) return warn(hash, freed.error().message());
    if (*freed == 0) return;
    out_.freed += *freed;
    ++out_.n_shared;
  }

 private:
  void warn(const std::string& path, std::string text) {
    out_.warnings.push_back({path, std::move(text)});
  }

  sys::Fs& fs_;
  const sys::Dir& root_;
  cache::SharedStore store_;
  CacheRemoved out_;
};

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Result<CacheRemoved> remove_cached(const Context& context,
                                   const CacheRemoval& removal) {
  const Context::Parts& parts = context.parts();
  const auto there = HUG_TRY(parts.fs->find_info(removal.root));
  if (!there) return CacheRemoved();
  const sys::Dir root = HUG_TRY(parts.fs->open_dir(removal.root));
  Remover remover(parts, root);
  CacheRemoved& out = remover.out();
  std::uint64_t uncounted = 0;
  for (const std::string& path : removal.files) {
    HUG_TRY(parts.check_stop());
    remover.free_file(path, out.n_files);
  }
  for (const std::string& path : removal.repos) {
    HUG_TRY(parts.check_stop());
    remover.remove_folder(path, out.n_repos);
    remover.remove_journals(base_name(path), "");
  }
  // Refs in front of snapshots: a ref to nothing is worse than the reverse.
  for (const std::string& path : removal.refs) {
    (void)remover.remove_file(path, uncounted);
  }
  for (const std::string& path : removal.revisions) {
    HUG_TRY(parts.check_stop());
    remover.remove_folder(path, out.n_revisions);
  }
  for (const std::string& path : removal.blobs) {
    HUG_TRY(parts.check_stop());
    remover.free_file(path, uncounted);
  }
  for (const std::string& path : removal.incomplete) {
    remover.remove_partial(path);
  }
  for (const std::string& hash : removal.shared)
    remover.sweep(hash);
  if (out.n_repos == removal.repos.size()) {
    // Revisions of whole repositories are not removed one by one.
    out.n_revisions += removal.n_revisions - removal.revisions.size();
  }
  return std::move(out);
}

}  // namespace hug
