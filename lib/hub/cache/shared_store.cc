#include "cache/shared_store.h"

#include <algorithm>
#include <set>

#include "base/hex.h"
#include "base/strings.h"
#include "cache/digest.h"
#include "cache/layout.h"
#include "sys/atomic_file.h"
#include "sys/lock.h"
#include "sys/random_source.h"

namespace hug::cache {

namespace {

constexpr std::string_view kFolder = "blobs";
constexpr std::string_view kMarker = "blobs/.huggingface-shared-blobs";
constexpr std::string_view kMarkerName = ".huggingface-shared-blobs";
constexpr std::string_view kMarkerText = "1\n";
constexpr std::uint64_t kMaxReferences = std::uint64_t{16} << 20;

bool is_hash(std::string_view text) {
  return base::is_lower_hex(text, 64);
}

std::string payload_name(std::string_view hash) {
  return "blobs/" + std::string(hash.substr(0, 2)) + "/" + std::string(hash);
}

}  // namespace

std::string shared_target(std::string_view xet_hash) {
  return "../../" + payload_name(xet_hash);
}

std::optional<std::string> parse_shared_target(std::string_view target) {
  const std::string_view hash = target.substr(target.rfind('/') + 1);
  if (!is_hash(hash) || target != shared_target(hash)) return std::nullopt;
  return std::string(hash);
}

SharedStore::SharedStore(sys::Fs& fs, sys::Clock& clock, const sys::Dir& root)
    : fs_(fs), clock_(clock), root_(root) {}

// Whoever may enter the cache's root may read what is shared in it.
std::uint32_t SharedStore::payload_mode() const {
  const Result<sys::FileInfo> root = fs_.info(root_);
  const std::uint32_t mode = root ? root->mode : 0;
  return 0400U | ((mode & 010) != 0 ? 040U : 0U) |
         ((mode & 001) != 0 ? 004U : 0U);
}

namespace {

// A real folder with the permissions of the root, made where it is absent.
bool make_folder(sys::Fs& fs, const sys::Dir& root, const std::string& name) {
  const auto there = fs.link_info(root / name);
  if (there) return there->kind == sys::FileKind::kDirectory;
  const Result<void> made = fs.make_dir(root / name);
  if (!made && made.error().code() != Code::kConflict) return false;
  const auto mode = fs.info(root);
  const auto dir = fs.open_dir(root / name);
  if (mode && dir) (void)fs.set_mode(*dir, mode->mode);
  return dir.has_value();
}

bool is_leftover_marker(std::string_view name) {
  return name.starts_with(kMarkerName) && name.ends_with(".tmp");
}

/// Whether the content has the sha256 that the etag promises.
bool has_content(sys::Fs& fs, const sys::File& file, std::string_view etag) {
  if (!base::is_lower_hex(etag, 64)) return false;
  const auto digest = file_digest(fs, file, etag);
  return digest && *digest == etag;
}

}  // namespace

bool SharedStore::usable(bool make) const {
  const auto marker = fs_.link_info(root_ / kMarker);
  if (marker) {
    if (marker->kind != sys::FileKind::kFile) return false;
    const auto text = fs_.read_file(root_ / kMarker, 64);
    return text && base::trim(*text) == base::trim(kMarkerText);
  }
  if (!make || !make_folder(fs_, root_, std::string(kFolder))) return false;
  const auto entries = fs_.list(root_ / kFolder);
  if (!entries) return false;
  for (const sys::DirEntry& entry : *entries) {
    if (!is_leftover_marker(entry.name)) return false;
  }
  sys::AtomicOptions options;
  options.mode = payload_mode();
  return sys::write_file(fs_, root_ / kMarker, kMarkerText, options)
      .has_value();
}

namespace {

// The lock of a payload; its file is for everyone who may enter.
std::optional<sys::Lock> lock_payload(sys::Fs& fs, sys::Clock& clock,
                                      const sys::Dir& root,
                                      std::string_view hash) {
  const std::string name = payload_name(hash) + ".lock";
  sys::LockOptions options;
  options.wait = std::chrono::seconds(10);
  Result<sys::Lock> lock = sys::Lock::acquire(fs, clock, root / name, options);
  if (!lock) return std::nullopt;
  sys::OpenOptions open;
  open.no_follow = true;
  if (const auto file = fs.open(root / name, open)) {
    (void)fs.set_mode(*file, 0666);
  }
  return std::move(*lock);
}

}  // namespace

bool SharedStore::add_reference(std::string_view hash,
                                const std::string& line) const {
  sys::OpenOptions open;
  open.write = open.create = open.append = open.no_follow = true;
  const sys::At at = root_ / (payload_name(hash) + ".refs");
  const auto file = fs_.open(at, open);
  if (!file) return false;
  (void)fs_.set_mode(*file, 0666);
  return fs_.write_all(*file, line + "\n") && fs_.sync(*file);
}

bool SharedStore::replace_by_link(std::string_view hash,
                                  std::string_view repo_folder,
                                  std::string_view etag) const {
  const std::string folder = std::string(repo_folder) + "/blobs/";
  const sys::At temporary = root_ / (folder + "." + std::string(etag) + "." +
                                     sys::random_hex(8) + ".shared");
  if (!fs_.symlink(shared_target(hash), temporary)) return false;
  const std::string name = folder + std::string(etag);
  if (add_reference(hash, name) && fs_.rename(temporary, root_ / name)) {
    return true;
  }
  (void)fs_.remove_if_present(temporary);
  return false;
}

bool SharedStore::link(std::string_view hash, std::string_view repo_folder,
                       std::string_view etag, std::uint64_t size) const {
  if (!is_hash(hash) || !usable(false)) return false;
  const sys::At payload = root_ / payload_name(hash);
  const auto there = fs_.link_info(payload);
  if (!there || there->kind != sys::FileKind::kFile || there->size != size) {
    return false;
  }
  const auto lock = lock_payload(fs_, clock_, root_, hash);
  if (!lock) return false;
  sys::OpenOptions open;
  open.no_follow = true;
  const auto file = fs_.open(payload, open);
  if (!file) return false;
  const auto info = fs_.info(*file);
  // Anybody may have written it: nothing gets a name here unhashed.
  return info && info->size == size && has_content(fs_, *file, etag) &&
         replace_by_link(hash, repo_folder, etag);
}

bool SharedStore::publish(std::string_view hash, std::string_view repo_folder,
                          std::string_view etag, std::uint64_t size) const {
  if (!is_hash(hash) || !usable(true)) return false;
  if (!make_folder(fs_, root_, "blobs/" + std::string(hash.substr(0, 2)))) {
    return false;
  }
  const sys::At blob =
      root_ / (std::string(repo_folder) + "/blobs/" + std::string(etag));
  const sys::At payload = root_ / payload_name(hash);
  const auto lock = lock_payload(fs_, clock_, root_, hash);
  if (!lock) return false;
  const auto info = fs_.link_info(blob);
  if (!info || info->kind != sys::FileKind::kFile || info->size != size) {
    return false;
  }
  {
    sys::OpenOptions open;
    open.no_follow = true;
    const auto file = fs_.open(blob, open);
    if (!file || !fs_.set_mode(*file, payload_mode())) return false;
  }
  // The bytes at hand were verified; whatever is in the store was not.
  if (!fs_.rename(blob, payload)) return false;
  if (replace_by_link(hash, repo_folder, etag)) {
    (void)fs_.sync_dir(payload.parent());
    (void)fs_.sync_dir(blob.parent());
    return true;
  }
  // Back to an ordinary blob. Others may have links to the payload already, so
  // that it may have to stay as well.
  if (!fs_.link(payload, blob)) (void)fs_.rename(payload, blob);
  return false;
}

bool SharedStore::refers(std::string_view line, std::string_view hash) const {
  const auto parts = base::split(line, '/');
  if (parts.size() != 3 || parts[1] != "blobs" || parts[2].empty() ||
      parts[2] == "." || parts[2] == ".." || !parse_repo_folder(parts[0])) {
    return false;
  }
  const auto target = fs_.read_link(root_ / line);
  return target && parse_shared_target(*target) == hash;
}

std::optional<std::vector<std::string>> SharedStore::counting_references(
    std::string_view hash) const {
  const sys::At at = root_ / (payload_name(hash) + ".refs");
  sys::OpenOptions open;
  open.no_follow = true;
  if (!fs_.open(at, open)) return std::nullopt;
  const auto text = fs_.read_file(at, kMaxReferences);
  if (!text) return std::nullopt;
  std::set<std::string> out;
  for (const std::string_view line : base::split(*text, '\n')) {
    if (refers(line, hash)) out.emplace(line);
  }
  return std::vector<std::string>(out.begin(), out.end());
}

std::vector<SharedStore::Payload> SharedStore::payloads() const {
  std::vector<Payload> out;
  if (!usable(false)) return out;
  const auto folders = fs_.list(root_ / kFolder);
  if (!folders) return out;
  for (const sys::DirEntry& folder : *folders) {
    if (folder.kind != sys::FileKind::kDirectory ||
        !base::is_lower_hex(folder.name, 2)) {
      continue;
    }
    const auto entries = fs_.list(root_ / ("blobs/" + folder.name));
    if (!entries) continue;
    for (const sys::DirEntry& entry : *entries) {
      if (!is_hash(entry.name) || !entry.name.starts_with(folder.name)) {
        continue;
      }
      const auto info = fs_.link_info(root_ / payload_name(entry.name));
      if (!info || info->kind != sys::FileKind::kFile) continue;
      const auto lines = counting_references(entry.name);
      out.push_back(
          {entry.name, info->size, info->allocated, !lines || !lines->empty()});
    }
  }
  return out;
}

Result<std::uint64_t> SharedStore::sweep(std::string_view hash) const {
  const std::uint64_t nothing = 0;
  if (!is_hash(hash) || !usable(false)) return nothing;
  const sys::At payload = root_ / payload_name(hash);
  const sys::At references = root_ / (payload_name(hash) + ".refs");
  const auto lock = lock_payload(fs_, clock_, root_, hash);
  if (!lock) {
    return Error(Code::kBusy, "'" + payload.path() + "' is locked");
  }
  const auto lines = counting_references(hash);
  if (!lines) return nothing;
  if (!lines->empty()) {
    sys::AtomicOptions options;
    options.mode = 0666;
    (void)HUG_TRY(sys::update_file(fs_, references,
                                   base::join(*lines, "\n") + "\n", options));
    return nothing;
  }
  const auto info = HUG_TRY(fs_.find_link_info(payload));
  HUG_TRY(fs_.remove_if_present(payload));
  HUG_TRY(fs_.remove_if_present(references));
  return info ? info->size : nothing;
}

}  // namespace hug::cache
