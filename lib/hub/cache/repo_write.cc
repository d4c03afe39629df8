// RepoCache: what writes.
#include "base/strings.h"
#include "cache/partial.h"
#include "cache/repo_state.h"
#include "cache/shared_store.h"
#include "sys/atomic_file.h"
#include "sys/paths.h"

namespace hug::cache {

namespace {

std::string folder_of(const std::string& name) {
  const auto n = name.rfind('/');
  return n == std::string::npos ? "" : name.substr(0, n);
}

}  // namespace

Result<void> RepoCache::write_ref(std::string_view revision,
                                  std::string_view commit) {
  if (is_commit(revision)) return {};
  HUG_TRY(sys::check_revision(revision));
  if (!is_commit(commit)) {
    return Error(Code::kUsage,
                 "'" + std::string(commit) + "' is not a commit id");
  }
  sys::Fs& fs = *state_->fs;
  const std::string name = "refs/" + std::string(revision);
  const auto now = fs.find_file(state_->below(name), 256);
  if (now && *now && **now == commit) return {};
  // Not write_repo(): a download to a folder leaves this in the cache, and no
  // empty places for content.
  const sys::Dir repo = HUG_TRY(fs.make_dirs(state_->path()));
  (void)HUG_TRY(fs.make_dirs(repo / folder_of(name)));
  (void)HUG_TRY(sys::update_file(fs, repo / name, commit));
  return {};
}

void RepoCache::mark_absent(std::string_view commit, std::string_view file) {
  const Result<std::string> name = sys::check_file_name(file);
  const Result<const sys::Dir*> repo = state_->write_repo();
  if (!is_commit(commit) || !name || !repo) return;
  sys::Fs& fs = *state_->fs;
  const std::string mark = ".no_exist/" + std::string(commit) + "/" + *name;
  if (!fs.make_dirs(**repo / folder_of(mark))) return;
  sys::OpenOptions touch;
  touch.write = touch.create = touch.no_follow = true;
  (void)fs.open(**repo / mark, touch);
}

void RepoCache::write_tree(std::string_view commit,
                           const std::vector<TreeFile>& files) {
  if (!is_commit(commit)) return;
  const Result<const sys::Dir*> repo = state_->write_repo();
  if (!repo || !state_->fs->make_dirs(**repo / "trees")) return;
  const std::string name = "trees/" + std::string(commit) + ".json";
  (void)sys::update_file(*state_->fs, **repo / name, format_tree(files));
}

Result<std::optional<sys::Lock>> RepoCache::lock_blob(
    std::string_view etag, sys::LockOptions options) {
  const Result<const sys::Dir*> locks = state_->write_locks();
  if (!locks) return std::optional<sys::Lock>();
  options.wait = state_->settings.lock_wait;
  Result<sys::Lock> lock = sys::Lock::acquire(
      *state_->fs, *state_->clock,
      **locks / (sys::etag_file_name(etag) + ".lock"), std::move(options));
  if (lock) return std::optional<sys::Lock>(std::move(*lock));
  const Code code = lock.error().code();
  if (code == Code::kBusy || code == Code::kCancelled) {
    return std::move(lock).error();
  }
  return std::optional<sys::Lock>();
}

Result<sys::PartFile> RepoCache::open_partial(std::string_view etag,
                                              std::uint64_t size) {
  const std::string name = sys::etag_file_name(etag);
  const PartialPlace place{HUG_TRY(state_->write_repo()), "blobs/" + name,
                           HUG_TRY(state_->write_locks()), name};
  return cache::open_partial(*state_->fs, place,
                             state_->part_options(name, size));
}

// The folder of the file in the snapshot, made; and the file's name.
Result<std::string> RepoCache::State::make_pointer_folder(
    std::string_view commit, std::string_view file) {
  if (!is_commit(commit)) {
    return Error(Code::kUsage,
                 "'" + std::string(commit) + "' is not a commit id");
  }
  const std::string name = HUG_TRY(sys::check_file_name(file));
  const sys::Dir* dir = HUG_TRY(write_repo());
  std::string pointer = "snapshots/" + std::string(commit) + "/" + name;
  (void)HUG_TRY(fs->make_dirs(*dir / folder_of(pointer)));
  return pointer;
}

Result<std::string> RepoCache::publish(sys::PartFile& part,
                                       std::string_view etag,
                                       std::string_view commit,
                                       std::string_view file) {
  const std::string pointer =
      HUG_TRY(state_->make_pointer_folder(commit, file));
  const sys::Dir* repo = HUG_TRY(state_->write_repo());
  if (!state_->settings.symlinks) {
    HUG_TRY(part.publish(*repo / pointer));
    return state_->below(pointer);
  }
  HUG_TRY(part.publish(*repo / ("blobs/" + sys::etag_file_name(etag))));
  return link_file(etag, commit, file);
}

Result<std::string> RepoCache::link_file(std::string_view etag,
                                         std::string_view commit,
                                         std::string_view file) {
  const std::string pointer =
      HUG_TRY(state_->make_pointer_folder(commit, file));
  sys::Fs& fs = *state_->fs;
  if (!find_blob(etag)) {
    return Error(Code::kNotFound,
                 "there is no '" + blob_path(etag) + "' to link to");
  }
  const sys::Dir* repo = HUG_TRY(state_->write_repo());
  const std::string blob = "blobs/" + sys::etag_file_name(etag);
  std::string path = state_->below(pointer);
  if (state_->settings.symlinks) {
    const std::string name(file);
    const Result<void> linked = sys::place_symlink(
        fs, pointer_target(base::replace_all(name, "\\", "/"), etag),
        *repo / pointer);
    if (linked) return path;
    if (linked.error().code() == Code::kNoSpace) return linked.error();
  }
  // No links here: the snapshot gets the bytes themselves.
  HUG_TRY(state_->copy_file(*repo / blob, *repo / pointer));
  return path;
}

Result<void> RepoCache::State::copy_file(const sys::At& from,
                                         const sys::At& to) {
  const sys::File source = HUG_TRY(fs->open(from));
  sys::AtomicFile target = HUG_TRY(sys::AtomicFile::create(*fs, to));
  HUG_TRY(fs->copy(source, target.file()));
  return target.commit();
}

bool RepoCache::link_shared(std::string_view etag, std::string_view xet_hash,
                            std::uint64_t size) {
  if (!state_->settings.symlinks || !state_->settings.shared_blobs) {
    return false;
  }
  if (!state_->write_repo()) return false;
  const SharedStore store(*state_->fs, *state_->clock, *state_->root);
  return store.link(xet_hash, state_->folder, sys::etag_file_name(etag), size);
}

bool RepoCache::share_blob(std::string_view etag, std::string_view xet_hash,
                           std::uint64_t size) {
  if (!state_->settings.symlinks || !state_->settings.shared_blobs) {
    return false;
  }
  if (!state_->write_repo()) return false;
  const SharedStore store(*state_->fs, *state_->clock, *state_->root);
  return store.publish(xet_hash, state_->folder, sys::etag_file_name(etag),
                       size);
}

}  // namespace hug::cache
