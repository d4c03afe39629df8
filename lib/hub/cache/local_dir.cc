#include "cache/local_dir.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <mutex>

#include "base/hash.h"
#include "base/hex.h"
#include "base/strings.h"
#include "cache/layout.h"
#include "cache/partial.h"
#include "data/base64.h"
#include "sys/atomic_file.h"
#include "sys/paths.h"

namespace hug::cache {

namespace {

constexpr std::string_view kInner = ".cache/huggingface";
constexpr std::uint64_t kMaxMetadata = 4096;
constexpr std::uint64_t kMaxTree = std::uint64_t{64} << 20;
// Clocks of file systems may be a little ahead.
constexpr double kSlack = 1.0;

std::string folder_of(const std::string& name) {
  const auto n = name.rfind('/');
  return n == std::string::npos ? "" : name.substr(0, n);
}

std::string base_of(const std::string& name) {
  const auto n = name.rfind('/');
  return n == std::string::npos ? name : name.substr(n + 1);
}

std::string inner(std::string_view name) {
  return std::string(kInner) + "/" + std::string(name);
}

std::string metadata_name(std::string_view file) {
  return inner("download/" + std::string(file) + ".metadata");
}

// "<folder>/<H>.<etag>": H stands for the name, which could be too long.
std::string partial_prefix(const std::string& file, std::string_view etag) {
  base::Hasher hasher(base::HashKind::kSha1);
  hasher.update(base_of(file) + ".metadata");
  const auto digest = base::from_hex(hasher.finish()).value();
  std::string out = inner("download/" + folder_of(file));
  if (!out.ends_with('/')) out += '/';
  return out + data::to_base64(digest, data::Base64::kUrl) + "." +
         sys::etag_file_name(etag);
}

double seconds_of(std::chrono::sys_time<std::chrono::nanoseconds> time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

std::optional<FileMetadata> parse_metadata(std::string_view text) {
  const auto lines = base::split(text, '\n');
  if (lines.size() < 3) return std::nullopt;
  FileMetadata out;
  out.commit = std::string(base::trim(lines[0]));
  out.etag = std::string(base::trim(lines[1]));
  const std::string_view time = base::trim(lines[2]);
  const char* end = time.data() + time.size();
  const auto r = std::from_chars(time.data(), end, out.time);
  if (time.empty() || r.ec != std::errc() || r.ptr != end ||
      !std::isfinite(out.time)) {
    return std::nullopt;
  }
  return out;
}

std::string format_metadata(const FileMetadata& metadata) {
  char time[64];
  (void)std::snprintf(time, sizeof time, "%.6f", metadata.time);
  return metadata.commit + "\n" + metadata.etag + "\n" + time + "\n";
}

struct LocalDir::State {
  std::shared_ptr<sys::Fs> fs;
  std::shared_ptr<sys::Clock> clock;
  std::string path;
  std::mutex mutex = {};
  std::shared_ptr<sys::Dir> dir = {};

  std::string below(std::string_view name) const {
    return path + "/" + std::string(name);
  }

  Result<const sys::Dir*> open();
  Result<const sys::Dir*> open_for(const std::string& file);
  Result<void> write_metadata(std::string_view file, std::string_view commit,
                              std::string_view etag);
  Result<void> check_target(const std::string& file);
};

// Makes the folder and what marks its inner part as not being content.
Result<const sys::Dir*> LocalDir::State::open() {
  const std::lock_guard lock(mutex);
  if (dir) return dir.get();
  auto fresh = std::make_shared<sys::Dir>(HUG_TRY(fs->make_dirs(path)));
  const sys::Dir marks = HUG_TRY(fs->make_dirs(*fresh / kInner));
  tag_cache_dir(*fs, marks);
  if (!fs->exists(marks / ".gitignore")) {
    sys::AtomicOptions options;
    options.sync = false;
    (void)sys::write_file(*fs, marks / ".gitignore", "*", options);
  }
  dir = std::move(fresh);
  return dir.get();
}

Result<const sys::Dir*> LocalDir::State::open_for(const std::string& file) {
  const sys::Dir* root = HUG_TRY(open());
  (void)HUG_TRY(fs->make_dirs(*root / folder_of(inner("download/" + file))));
  return root;
}

Result<void> LocalDir::State::check_target(const std::string& file) {
  const auto there = HUG_TRY(fs->find_link_info(below(file)));
  if (!there || there->kind == sys::FileKind::kFile ||
      there->kind == sys::FileKind::kSymlink) {
    return {};
  }
  return Error(Code::kConflict,
               "'" + below(file) + "' is in the way: it is no file")
      .hint("move it away, or choose another folder");
}

LocalDir::LocalDir(std::shared_ptr<sys::Fs> fs,
                   std::shared_ptr<sys::Clock> clock, std::string path)
    : state_(new State{std::move(fs), std::move(clock), sys::real_path(path)}) {
}

LocalDir::LocalDir(LocalDir&&) noexcept = default;
LocalDir& LocalDir::operator=(LocalDir&&) noexcept = default;
LocalDir::~LocalDir() = default;

const std::string& LocalDir::path() const noexcept {
  return state_->path;
}

std::string LocalDir::file_path(std::string_view file) const {
  return state_->below(file);
}

std::optional<std::uint64_t> LocalDir::find_file(std::string_view file) const {
  const auto info = state_->fs->link_info(file_path(file));
  if (!info || info->kind != sys::FileKind::kFile) return std::nullopt;
  return info->size;
}

bool LocalDir::is_blocked(std::string_view file) const {
  const auto info = state_->fs->link_info(file_path(file));
  return info && info->kind != sys::FileKind::kFile;
}

std::optional<FileMetadata> LocalDir::find_metadata(
    std::string_view file) const {
  sys::Fs& fs = *state_->fs;
  const auto info = fs.link_info(file_path(file));
  if (!info || info->kind != sys::FileKind::kFile) return std::nullopt;
  const auto text =
      fs.read_file(state_->below(metadata_name(file)), kMaxMetadata);
  if (!text) return std::nullopt;
  auto metadata = parse_metadata(*text);
  if (!metadata || seconds_of(info->modified) - kSlack > metadata->time) {
    return std::nullopt;
  }
  return metadata;
}

std::optional<std::vector<TreeFile>> LocalDir::find_tree(
    std::string_view commit) const {
  if (!is_commit(commit)) return std::nullopt;
  const std::string name = inner("trees/" + std::string(commit) + ".json");
  const auto text = state_->fs->read_file(state_->below(name), kMaxTree);
  if (!text) return std::nullopt;
  return parse_tree(*text);
}

std::uint64_t LocalDir::resumable(std::string_view file, std::string_view etag,
                                  std::uint64_t size) const {
  const auto dir = state_->fs->open_dir(state_->path);
  if (!dir) return 0;
  const std::string prefix = partial_prefix(std::string(file), etag);
  sys::PartOptions options;
  options.size = size;
  options.identity = sys::etag_file_name(etag);
  return resumable_bytes(*state_->fs, {&*dir, prefix, &*dir, prefix}, options);
}

void LocalDir::write_tree(std::string_view commit,
                          const std::vector<TreeFile>& files) {
  const Result<const sys::Dir*> dir = state_->open();
  if (!is_commit(commit) || !dir) return;
  if (!state_->fs->make_dirs(**dir / inner("trees"))) return;
  const std::string name = inner("trees/" + std::string(commit) + ".json");
  (void)sys::update_file(*state_->fs, **dir / name, format_tree(files));
}

Result<void> LocalDir::State::write_metadata(std::string_view file,
                                             std::string_view commit,
                                             std::string_view etag) {
  const sys::Dir* root = HUG_TRY(open_for(std::string(file)));
  const FileMetadata metadata{
      std::string(commit), std::string(etag),
      std::chrono::duration<double>(clock->wall().time_since_epoch()).count()};
  return sys::write_file(*fs, *root / metadata_name(file),
                         format_metadata(metadata));
}

Result<void> LocalDir::write_metadata(std::string_view file,
                                      std::string_view commit,
                                      std::string_view etag) {
  return state_->write_metadata(file, commit, etag);
}

Result<std::optional<sys::Lock>> LocalDir::lock_file(std::string_view file,
                                                     sys::LockOptions options) {
  const Result<const sys::Dir*> dir = state_->open_for(std::string(file));
  if (!dir) return std::optional<sys::Lock>();
  Result<sys::Lock> lock = sys::Lock::acquire(
      *state_->fs, *state_->clock,
      **dir / inner("download/" + std::string(file) + ".lock"),
      std::move(options));
  if (lock) return std::optional<sys::Lock>(std::move(*lock));
  const Code code = lock.error().code();
  if (code == Code::kBusy || code == Code::kCancelled) {
    return std::move(lock).error();
  }
  return std::optional<sys::Lock>();
}

Result<sys::PartFile> LocalDir::open_partial(std::string_view file,
                                             std::string_view etag,
                                             std::uint64_t size) {
  const std::string name = HUG_TRY(sys::check_file_name(file));
  const sys::Dir* dir = HUG_TRY(state_->open_for(name));
  const std::string prefix = partial_prefix(name, etag);
  sys::PartOptions options;
  options.size = size;
  options.identity = sys::etag_file_name(etag);
  return cache::open_partial(*state_->fs, {dir, prefix, dir, prefix}, options);
}

Result<std::string> LocalDir::publish(sys::PartFile& part,
                                      std::string_view file,
                                      std::string_view commit,
                                      std::string_view etag) {
  const std::string name = HUG_TRY(sys::check_file_name(file));
  const sys::Dir* dir = HUG_TRY(state_->open());
  HUG_TRY(state_->check_target(name));
  if (const std::string up = folder_of(name); !up.empty()) {
    (void)HUG_TRY(state_->fs->make_dirs(*dir / up));
  }
  HUG_TRY(part.publish(*dir / name));
  HUG_TRY(state_->write_metadata(name, commit, etag));
  return file_path(name);
}

Result<std::string> LocalDir::copy_in(const std::string& source,
                                      std::string_view file,
                                      std::string_view commit,
                                      std::string_view etag) {
  const std::string name = HUG_TRY(sys::check_file_name(file));
  const sys::Dir* dir = HUG_TRY(state_->open_for(name));
  HUG_TRY(state_->check_target(name));
  if (const std::string up = folder_of(name); !up.empty()) {
    (void)HUG_TRY(state_->fs->make_dirs(*dir / up));
  }
  sys::Fs& fs = *state_->fs;
  const sys::File from = HUG_TRY(fs.open(source));
  sys::AtomicFile to = HUG_TRY(sys::AtomicFile::create(fs, *dir / name));
  HUG_TRY(fs.copy(from, to.file()));
  HUG_TRY(to.commit());
  HUG_TRY(state_->write_metadata(name, commit, etag));
  return file_path(name);
}

}  // namespace hug::cache
