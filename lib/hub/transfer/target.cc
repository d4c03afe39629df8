// What a user points at, resolved: here, in the cache, or on a hub.
#include "hug/target.h"

#include <algorithm>
#include <utility>

#include "api/address.h"
#include "api/session.h"
#include "base/strings.h"
#include "cache/cache.h"
#include "hug/download.h"
#include "sys/paths.h"
#include "sys/tree.h"
#include "transfer/listing.h"
#include "transfer/select.h"

namespace hug {

struct Target::Parts {
  Hub* hub = nullptr;
  Kind kind = Kind::kFile;
  std::string name = {};
  std::string root = {};  // local: the folder, or the file itself
  bool remote = false;
  RepoId repo = {};
  std::string revision = {};  // as asked for
  std::string commit = {};
  std::string tag = {};
  std::string cache_dir = {};
  bool local_only = false;
  std::vector<TargetFile> files = {};
};

namespace {

constexpr std::size_t kMostLocalFiles = 100'000;

using PartsPtr = std::shared_ptr<Target::Parts>;

Result<Target> local_file(PartsPtr parts, const std::string& path,
                          std::uint64_t size) {
  parts->kind = Target::Kind::kFile;
  parts->root = path;
  parts->files.push_back({transfer::base_name(path), size, "", path});
  return Target(std::move(parts));
}

Result<Target> local_folder(PartsPtr parts, std::string path) {
  auto& fs = *parts->hub->parts().surroundings().fs;
  while (path.size() > 1 && path.ends_with('/'))
    path.pop_back();
  parts->kind = Target::Kind::kFolder;
  parts->root = path;
  HUG_TRY(sys::walk(fs, path, [&](const auto& entry) -> Result<bool> {
    if (transfer::base_name(entry.path).starts_with('.')) return false;
    if (entry.kind == sys::FileKind::kDirectory) return true;
    const auto local = path + "/" + entry.path;
    const auto info = HUG_TRY(fs.find_info(local));
    if (!info || info->kind != sys::FileKind::kFile) return true;
    if (parts->files.size() == kMostLocalFiles) {
      return Error(Code::kLimit, "'" + path + "' has too many files");
    }
    parts->files.push_back({entry.path, info->size, "", local});
    return true;
  }));
  return Target(std::move(parts));
}

/// Where content of a listed file is in the cache; empty when it is not.
std::string cached_path(sys::Fs& fs, const cache::RepoCache& repo,
                        const std::string& commit,
                        const cache::TreeFile& file) {
  const auto has_size = [&](const std::string& path) {
    const auto info = fs.find_info(path);
    return info && *info && (*info)->size == file.real_size();
  };
  auto path = repo.snapshot_path(commit) + "/" + file.path;
  if (has_size(path)) return path;
  if (repo.find_blob(file.etag()) == file.real_size()) {
    return repo.blob_path(file.etag());
  }
  return {};
}

void add_file(const PartsPtr& parts, const cache::RepoCache& repo,
              const cache::TreeFile& file) {
  if (!sys::check_file_name(file.path)) return;
  auto& fs = *parts->hub->parts().surroundings().fs;
  parts->files.push_back({file.path, file.real_size(), file.etag(),
                          cached_path(fs, repo, parts->commit, file)});
}

/// Offline and without a listing: what the snapshot has.
Result<void> add_snapshot(const PartsPtr& parts, const cache::RepoCache& repo) {
  auto& fs = *parts->hub->parts().surroundings().fs;
  const auto root = repo.snapshot_path(parts->commit);
  return sys::walk(fs, root, [&](const auto& entry) -> Result<bool> {
    if (entry.kind == sys::FileKind::kDirectory) return true;
    const auto path = root + "/" + entry.path;
    const auto info = HUG_TRY(fs.find_info(path));
    if (info) parts->files.push_back({entry.path, info->size, "", path});
    return true;
  });
}

Result<Target> remote_target(PartsPtr parts, const HubUri& uri,
                             const TargetOptions& options) {
  auto& hub = *parts->hub;
  const auto& surroundings = hub.parts().surroundings();
  if (uri.bucket) {
    return Error(Code::kUnsupported, "'" + parts->name + "' is in a bucket")
        .hint("copy it here first with 'hug cp'");
  }
  if (!uri.revision.empty() && !options.revision.empty() &&
      uri.revision != options.revision) {
    return Error(Code::kUsage, "two different revisions were given");
  }
  const auto revision = uri.revision.empty() ? options.revision : uri.revision;
  auto settings =
      HUG_TRY(cache::cache_settings(surroundings.env, options.cache_dir));
  auto repo = HUG_TRY(cache::RepoCache::open(
      surroundings.fs, surroundings.clock, std::move(settings), uri.repo));
  parts->remote = true;
  parts->repo = uri.repo;
  parts->kind = uri.path.empty() ? Target::Kind::kRepo : Target::Kind::kFile;
  const auto listing = HUG_TRY(transfer::list_revision(
      hub, {&repo, nullptr, false}, uri.repo, revision, options.local_only));
  parts->commit = listing.commit;
  if (!listing.from_cache) parts->revision = api::or_main(revision);
  if (!listing.known) HUG_TRY(add_snapshot(parts, repo));
  for (const auto& file : listing.files) {
    if (uri.path.empty() || file.path == uri.path) add_file(parts, repo, file);
  }
  if (!uri.path.empty()) {
    std::erase_if(parts->files,
                  [&](const auto& file) { return file.path != uri.path; });
    if (parts->files.empty()) {
      return Error(Code::kNotFound,
                   "no file '" + uri.path + "' in " + api::describe(uri.repo));
    }
  }
  return Target(std::move(parts));
}

bool local_only_name(std::string_view text) {
  return text.starts_with('/') || text.starts_with("./") ||
         text.starts_with("../") || text.starts_with('~') || text == "." ||
         text == "..";
}

struct Tagged {
  std::string_view name;
  std::string_view tag;
};

/// "owner/name:TAG" in two.
Tagged split_tag(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || text.find("://") == colon) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

Error not_found(std::string_view text, const std::string& where) {
  return Error(Code::kNotFound,
               "there is no '" + std::string(text) + "': " + where)
      .hint("give a path, OWNER/NAME[:QUANT] or hf://OWNER/NAME/PATH");
}

}  // namespace

Target::Target(std::shared_ptr<Parts> parts) noexcept
    : parts_(std::move(parts)) {}

Target::Kind Target::kind() const noexcept {
  return parts_->kind;
}

const std::string& Target::name() const noexcept {
  return parts_->name;
}

bool Target::remote() const noexcept {
  return parts_->remote;
}

const RepoId& Target::repo() const noexcept {
  return parts_->repo;
}

const std::string& Target::commit() const noexcept {
  return parts_->commit;
}

const std::string& Target::tag() const noexcept {
  return parts_->tag;
}

const std::vector<TargetFile>& Target::files() const noexcept {
  return parts_->files;
}

const TargetFile* Target::find(std::string_view path) const noexcept {
  const auto at = std::lower_bound(
      parts_->files.begin(), parts_->files.end(), path,
      [](const auto& file, auto name) { return file.path < name; });
  if (at == parts_->files.end() || at->path != path) return nullptr;
  return &*at;
}

Result<GgufChoice> Target::gguf() const {
  std::vector<NamedFile> names;
  for (const auto& file : parts_->files) {
    names.push_back({file.path, file.size});
  }
  if (parts_->kind == Kind::kFile) {
    const auto& file = names.at(0);
    return GgufChoice{{file.path}, file.size, gguf_quant_of(file.path), ""};
  }
  return choose_gguf(names, parts_->tag)
      .with("looking for a GGUF in '" + parts_->name + "'");
}

Result<ByteSourcePtr> Target::open(std::string_view path) const {
  const auto* file = find(path);
  if (file == nullptr) {
    return not_found(path, "'" + parts_->name + "' has no such file");
  }
  if (!file->local_path.empty()) {
    return open_file(file->local_path, FileAccess::kMap);
  }
  if (parts_->local_only) {
    return transfer::offline_error(*parts_->hub, parts_->repo,
                                   "'" + file->path + "'");
  }
  return open_remote(*parts_->hub, {parts_->repo, parts_->commit, file->path,
                                    file->size, file->etag});
}

namespace {

/// So that the cache can answer for the branch later, without a hub.
Result<void> remember_revision(const Target::Parts& parts) {
  if (parts.revision.empty()) return {};
  const auto& surroundings = parts.hub->parts().surroundings();
  auto settings =
      HUG_TRY(cache::cache_settings(surroundings.env, parts.cache_dir));
  auto repo = HUG_TRY(cache::RepoCache::open(
      surroundings.fs, surroundings.clock, std::move(settings), parts.repo));
  return repo.write_ref(parts.revision, parts.commit);
}

}  // namespace

Result<std::string> Target::fetch(const std::vector<std::string>& paths) const {
  if (!parts_->remote) {
    if (paths.empty() || parts_->kind == Kind::kFile) return parts_->root;
    return parts_->root + "/" + paths.front();
  }
  DownloadRequest request;
  request.repo = parts_->repo;
  request.revision = parts_->commit;
  request.cache_dir = parts_->cache_dir;
  request.local_only = parts_->local_only;
  request.files = paths;
  if (paths.empty() && parts_->kind == Kind::kFile) {
    request.files = {parts_->files.at(0).path};
  }
  const auto result = HUG_TRY(download(*parts_->hub, request));
  HUG_TRY(remember_revision(*parts_));
  if (paths.empty() || result.plan.single_file) return result.path;
  return result.path + "/" + paths.front();
}

namespace {

/// A target as a set of files; shares what the target holds.
class TargetSet final : public FileSet {
 public:
  explicit TargetSet(Target target) : target_(std::move(target)) {
    for (const auto& file : target_.files()) {
      files_.push_back({file.path, file.size});
    }
  }

  const std::string& name() const noexcept override { return target_.name(); }

  const std::vector<FileInfo>& files() const noexcept override {
    return files_;
  }

  Result<ByteSourcePtr> open(std::string_view path) const override {
    return target_.open(path);
  }

 private:
  Target target_;
  std::vector<FileInfo> files_ = {};
};

}  // namespace

FileSetPtr Target::file_set() const {
  return std::make_shared<TargetSet>(*this);
}

Result<Target> resolve_target(Hub& hub, std::string_view text,
                              const TargetOptions& options) {
  const auto& surroundings = hub.parts().surroundings();
  auto parts = std::make_shared<Target::Parts>();
  parts->hub = &hub;
  parts->name = text;
  parts->cache_dir = options.cache_dir;
  parts->local_only = options.local_only;
  if (text.empty()) return Error(Code::kUsage, "the name is empty");
  if (is_hub_uri(text) || text.starts_with("https://") ||
      text.starts_with("http://")) {
    const auto uri = HUG_TRY(parse_hub_uri(text, hub.endpoint()));
    return remote_target(std::move(parts), uri, options);
  }
  const auto path = sys::expand_path(surroundings.env, text);
  if (const auto info = HUG_TRY(surroundings.fs->find_info(path))) {
    if (info->kind == sys::FileKind::kDirectory) {
      return local_folder(std::move(parts), path);
    }
    return local_file(std::move(parts), path, info->size);
  }
  if (local_only_name(text) || options.no_repo_ids) {
    return not_found(text, "no such file or folder");
  }
  const auto [name, tag] = split_tag(text);
  const auto repo = parse_repo_id(name);
  if (!repo || repo->owner.empty()) {
    return not_found(text, "no such file or folder, and it is no OWNER/NAME");
  }
  parts->tag = tag;
  HubUri uri;
  uri.repo = *repo;
  return remote_target(std::move(parts), uri, options);
}

}  // namespace hug
