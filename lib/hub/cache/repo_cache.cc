#include "cache/repo_cache.h"

#include "base/strings.h"
#include "cache/partial.h"
#include "cache/repo_state.h"
#include "sys/paths.h"

namespace hug::cache {

namespace {

constexpr std::uint64_t kMaxRef = 256;
constexpr std::uint64_t kMaxTree = std::uint64_t{64} << 20;

}  // namespace

Result<void> RepoCache::State::make_folders() {
  const auto lives = [&](const std::shared_ptr<sys::Dir>& dir) {
    const auto info = dir ? fs->info(*dir)
                          : Result<sys::FileInfo>(Error(Code::kNotFound, ""));
    return info.has_value() && info->links > 0;
  };
  if (lives(root) && lives(repo) && lives(locks)) return {};
  for (auto& old : {root, repo, locks}) {
    if (old) replaced.push_back(old);
  }
  const auto made = [](sys::Dir dir) {
    return std::make_shared<sys::Dir>(std::move(dir));
  };
  auto new_root = made(HUG_TRY(fs->make_dirs(settings.root)));
  // By its plain path: people move repositories to other disks and leave a
  // link in their place.
  auto new_repo = made(HUG_TRY(fs->make_dirs(path())));
  auto new_locks =
      made(HUG_TRY(fs->make_dirs(*new_root / (".locks/" + folder))));
  (void)HUG_TRY(fs->make_dirs(*new_repo / "blobs"));
  (void)HUG_TRY(fs->make_dirs(*new_repo / "snapshots"));
  tag_cache_dir(*fs, *new_root);
  root = std::move(new_root);
  repo = std::move(new_repo);
  locks = std::move(new_locks);
  return {};
}

Result<const sys::Dir*> RepoCache::State::write_repo() {
  const std::lock_guard lock(mutex);
  HUG_TRY(make_folders());
  return repo.get();
}

Result<const sys::Dir*> RepoCache::State::write_locks() {
  const std::lock_guard lock(mutex);
  HUG_TRY(make_folders());
  return locks.get();
}

sys::PartOptions RepoCache::State::part_options(std::string_view etag,
                                                std::uint64_t size) const {
  sys::PartOptions out;
  out.size = size;
  out.identity = std::string(etag);
  return out;
}

RepoCache::RepoCache(std::unique_ptr<State> state) : state_(std::move(state)) {}

RepoCache::RepoCache(RepoCache&&) noexcept = default;
RepoCache& RepoCache::operator=(RepoCache&&) noexcept = default;
RepoCache::~RepoCache() = default;

Result<RepoCache> RepoCache::open(std::shared_ptr<sys::Fs> fs,
                                  std::shared_ptr<sys::Clock> clock,
                                  CacheSettings settings, const RepoId& id) {
  std::string folder = repo_folder(id);
  const bool plain = id.owner.find('/') == std::string::npos &&
                     id.name.find('/') == std::string::npos;
  if (id.name.empty() || !plain || !sys::check_file_name(folder)) {
    return Error(Code::kUsage, "'" + id.full() + "' is no repository id");
  }
  return RepoCache(std::unique_ptr<State>(
      new State{std::move(fs), std::move(clock), std::move(settings), id,
                std::move(folder)}));
}

const RepoId& RepoCache::id() const noexcept {
  return state_->id;
}

const CacheSettings& RepoCache::settings() const noexcept {
  return state_->settings;
}

std::string RepoCache::path() const {
  return state_->path();
}

std::string RepoCache::snapshot_path(std::string_view commit) const {
  return state_->below("snapshots/" + std::string(commit));
}

std::string RepoCache::blob_path(std::string_view etag) const {
  return state_->below("blobs/" + sys::etag_file_name(etag));
}

// ------------------------------------------------------------- looking up

std::optional<std::string> RepoCache::find_commit(
    std::string_view revision) const {
  if (is_commit(revision)) return std::string(revision);
  if (!sys::check_revision(revision)) return std::nullopt;
  const auto text = state_->fs->read_file(
      state_->below("refs/" + std::string(revision)), kMaxRef);
  if (!text) return std::nullopt;
  const std::string_view commit = base::trim(*text);
  if (!is_commit(commit)) return std::nullopt;
  return std::string(commit);
}

bool RepoCache::has_snapshot(std::string_view commit) const {
  if (!is_commit(commit)) return false;
  const auto info = state_->fs->info(snapshot_path(commit));
  return info && info->kind == sys::FileKind::kDirectory;
}

Lookup RepoCache::find_file(std::string_view revision,
                            std::string_view file) const {
  Lookup out;
  auto commit = find_commit(revision);
  const Result<std::string> name = sys::check_file_name(file);
  if (!commit || !name) return out;
  out.commit = std::move(*commit);
  const auto is_file = [&](const std::string& path) {
    const auto info = state_->fs->info(path);
    return info && info->kind == sys::FileKind::kFile;
  };
  const std::string path = snapshot_path(out.commit) + "/" + *name;
  if (is_file(path)) {
    out.state = Lookup::State::kFile;
    out.path = path;
  } else if (is_file(state_->below(".no_exist/" + out.commit + "/" + *name))) {
    out.state = Lookup::State::kAbsent;
  }
  return out;
}

std::optional<std::uint64_t> RepoCache::find_blob(std::string_view etag) const {
  const auto info = state_->fs->info(blob_path(etag));
  if (!info || info->kind != sys::FileKind::kFile) return std::nullopt;
  return info->size;
}

std::optional<std::vector<TreeFile>> RepoCache::find_tree(
    std::string_view commit) const {
  if (!is_commit(commit)) return std::nullopt;
  const auto text = state_->fs->read_file(
      state_->below("trees/" + std::string(commit) + ".json"), kMaxTree);
  if (!text) return std::nullopt;
  return parse_tree(*text);
}

std::optional<std::vector<std::string>> RepoCache::missing_files(
    std::string_view commit) const {
  const auto tree = find_tree(commit);
  if (!tree) return std::nullopt;
  std::vector<std::string> out;
  for (const TreeFile& file : *tree) {
    if (find_file(commit, file.path).state != Lookup::State::kFile) {
      out.push_back(file.path);
    }
  }
  return out;
}

std::uint64_t RepoCache::resumable(std::string_view etag,
                                   std::uint64_t size) const {
  const std::string name = sys::etag_file_name(etag);
  const auto repo = state_->fs->open_dir(state_->path());
  const auto locks =
      state_->fs->open_dir(state_->settings.root + "/.locks/" + state_->folder);
  if (!repo || !locks) return 0;
  const PartialPlace place{&*repo, "blobs/" + name, &*locks, name};
  return resumable_bytes(*state_->fs, place, state_->part_options(name, size));
}

}  // namespace hug::cache
