#include "transfer/places.h"

#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "sys/paths.h"
#include "sys/random_source.h"
#include "transfer/progress.h"

namespace hug::transfer {

namespace {

sys::LockOptions lock_options(const Context::Parts& parts,
                              const FetchJob& job) {
  sys::LockOptions options;
  options.purpose = "downloading " + job.file.path;
  options.stop = parts.stop;
  options.on_wait = [&parts](std::string_view text) { note(parts, text); };
  return options;
}

std::string temporary_name(std::string_view etag) {
  return sys::etag_file_name(etag) + "." + sys::random_hex(8) + ".incomplete";
}

class CachePlace final : public Place {
 public:
  CachePlace(const Context::Parts& parts, cache::RepoCache& repo,
             sys::Dir blobs)
      : parts_(parts), repo_(repo), blobs_(std::move(blobs)) {}

  Result<std::optional<sys::Lock>> lock(const FetchJob& job) override {
    auto options = lock_options(parts_, job);
    options.wait = repo_.settings().lock_wait;
    return repo_.lock_blob(job.file.etag, std::move(options));
  }

  bool present(const FetchJob& job) override {
    return repo_.find_blob(job.file.etag) == job.file.size;
  }

  Result<FileSlot> slot(const FetchJob& job) override {
    return FileSlot{blobs_ / temporary_name(job.file.etag),
                    blobs_ / sys::etag_file_name(job.file.etag)};
  }

  Result<void> finish(const FetchJob& job) override {
    if (link_new(job)) return {};
    HUG_TRY(repo_.link_file(job.file.etag, job.file.commit, job.file.path));
    return {};
  }

  const sys::File& anchor() const override { return blobs_; }

  Result<sys::PartFile> open_partial(const FetchJob& job) override {
    return repo_.open_partial(job.file.etag, job.file.size);
  }

  Result<void> publish(sys::PartFile& part, const FetchJob& job) override {
    HUG_TRY(repo_.publish(part, job.file.etag, job.file.commit, job.file.path));
    return {};
  }

 private:
  /// The usual case, cheaply: links work and there is none yet. False: the
  /// cache has to see to it.
  bool link_new(const FetchJob& job) {
    const auto& path = job.file.path;
    const auto* snapshot = open_snapshot(job.file.commit);
    if (snapshot == nullptr || !sys::check_file_name(path)) return false;
    if (const auto slash = path.rfind('/'); slash != path.npos) {
      auto folder = path.substr(0, slash);
      const std::lock_guard lock(mutex_);
      if (made_.count(folder) == 0) {
        if (!parts_.fs->make_dirs(*snapshot / folder)) return false;
        made_.insert(std::move(folder));
      }
    }
    const auto target =
        cache::pointer_target(path, sys::etag_file_name(job.file.etag));
    return parts_.fs->symlink(target, *snapshot / path).has_value();
  }

  /// The folder of the one commit that a download is about.
  const sys::Dir* open_snapshot(const std::string& commit) {
    const std::lock_guard lock(mutex_);
    if (!repo_.settings().symlinks) return nullptr;
    if (commit_.empty()) {
      commit_ = commit;
      auto dir = parts_.fs->make_dirs(repo_.snapshot_path(commit));
      if (dir) snapshot_.emplace(std::move(*dir));
    }
    return snapshot_ && commit_ == commit ? &*snapshot_ : nullptr;
  }

  const Context::Parts& parts_;
  cache::RepoCache& repo_;
  sys::Dir blobs_;
  std::mutex mutex_;
  std::string commit_ = {};
  std::optional<sys::Dir> snapshot_ = {};
  std::set<std::string> made_ = {};
};

class LocalPlace final : public Place {
 public:
  LocalPlace(const Context::Parts& parts, cache::LocalDir& dir, sys::Dir root,
             sys::Dir work)
      : parts_(parts),
        dir_(dir),
        root_(std::move(root)),
        work_(std::move(work)) {}

  Result<std::optional<sys::Lock>> lock(const FetchJob& job) override {
    return dir_.lock_file(job.file.path, lock_options(parts_, job));
  }

  bool present(const FetchJob& job) override {
    const auto metadata = dir_.find_metadata(job.file.path);
    return metadata && metadata->etag == job.file.etag &&
           dir_.find_file(job.file.path) == job.file.size;
  }

  Result<FileSlot> slot(const FetchJob& job) override {
    const sys::At target = root_ / job.file.path;
    HUG_TRY(make_parent(target));
    return FileSlot{work_ / temporary_name(job.file.etag), target};
  }

  Result<void> finish(const FetchJob& job) override {
    return dir_.write_metadata(job.file.path, job.file.commit, job.file.etag);
  }

  const sys::File& anchor() const override { return root_; }

  Result<sys::PartFile> open_partial(const FetchJob& job) override {
    return dir_.open_partial(job.file.path, job.file.etag, job.file.size);
  }

  Result<void> publish(sys::PartFile& part, const FetchJob& job) override {
    HUG_TRY(dir_.publish(part, job.file.path, job.file.commit, job.file.etag));
    return {};
  }

 private:
  /// Once for each folder.
  Result<void> make_parent(const sys::At& target) {
    const auto slash = target.name().rfind('/');
    if (slash == std::string::npos) return {};
    auto folder = target.name().substr(0, slash);
    {
      const std::lock_guard lock(mutex_);
      if (made_.count(folder) > 0) return {};
    }
    HUG_TRY(parts_.fs->make_dirs(root_ / folder));
    const std::lock_guard lock(mutex_);
    made_.insert(std::move(folder));
    return {};
  }

  const Context::Parts& parts_;
  cache::LocalDir& dir_;
  sys::Dir root_;
  sys::Dir work_;
  std::mutex mutex_;
  std::set<std::string> made_ = {};
};

}  // namespace

Result<std::unique_ptr<Place>> make_cache_place(const Context::Parts& parts,
                                                cache::RepoCache& repo) {
  auto& fs = *parts.fs;
  const auto root = HUG_TRY(fs.make_dirs(repo.settings().root));
  cache::tag_cache_dir(fs, root);
  auto blobs = HUG_TRY(fs.make_dirs(repo.path() + "/blobs"));
  return std::unique_ptr<Place>(
      std::make_unique<CachePlace>(parts, repo, std::move(blobs)));
}

Result<std::unique_ptr<Place>> make_local_place(const Context::Parts& parts,
                                                cache::LocalDir& dir) {
  auto& fs = *parts.fs;
  auto root = HUG_TRY(fs.make_dirs(dir.path()));
  auto work = HUG_TRY(fs.make_dirs(root / ".cache/huggingface/download"));
  return std::unique_ptr<Place>(std::make_unique<LocalPlace>(
      parts, dir, std::move(root), std::move(work)));
}

}  // namespace hug::transfer
