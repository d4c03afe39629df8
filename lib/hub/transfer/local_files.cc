#include "transfer/local_files.h"

#include <algorithm>
#include <array>
#include <utility>

#include "api/commit.h"
#include "base/strings.h"
#include "sys/paths.h"
#include "sys/tree.h"

namespace hug::transfer {

namespace {

constexpr std::size_t kChunk = 256 * 1024;
constexpr std::size_t kSample = 512;

Error changed(const LocalFile& file) {
  return Error(Code::kConflict,
               "'" + file.local_path() + "' changed while it was uploaded")
      .hint("run it again once nothing writes to the file");
}

/// "a/b" in front of every path; "" for the root.
std::string folder_prefix(std::string_view path) {
  auto text = std::string(path);
  while (text.starts_with('/'))
    text.erase(0, 1);
  if (text.starts_with("./")) text.erase(0, 2);
  while (text.ends_with('/'))
    text.pop_back();
  if (text == ".") text.clear();
  return text.empty() ? text : text + "/";
}

Result<std::vector<LocalFile>> single_file(const UploadRequest& request,
                                           const std::string& path,
                                           const sys::FileInfo& info) {
  auto target = request.path_in_repo;
  if (target.empty()) target = base_name(path);
  if (target.ends_with('/')) target += base_name(path);
  target = HUG_TRY(api::check_repo_path(target));
  const auto root = std::make_shared<LocalRoot>(LocalRoot{path, target.size()});
  return std::vector<LocalFile>{{root, std::move(target), stamp_of(info)}};
}

/// Reads a file front to back and notices when it is another one.
class FileBody final : public http::BodySource {
 public:
  FileBody(const Context::Parts& parts, LocalFile file, std::uint64_t offset,
           std::uint64_t size, std::shared_ptr<std::string> git_id)
      : fs_(parts.fs),
        file_(std::move(file)),
        offset_(offset),
        size_(size),
        git_id_(std::move(git_id)) {}

  std::optional<std::uint64_t> size() const override { return size_; }

  Result<std::size_t> read(std::span<std::byte> out) override {
    if (!open_.is_open()) HUG_TRY(start());
    const auto left = size_ - done_;
    if (left == 0) {
      HUG_TRY(finish());
      return std::size_t{0};
    }
    if (out.size() > left) out = out.first(static_cast<std::size_t>(left));
    const auto n = HUG_TRY(fs_->read_at(open_, offset_ + done_, out));
    if (n == 0) return changed(file_);
    if (hasher_) hasher_->update(out.first(n));
    done_ += n;
    if (done_ == size_) HUG_TRY(finish());
    return n;
  }

  Result<void> rewind() override {
    open_ = sys::File();
    done_ = 0;
    finished_ = false;
    return {};
  }

 private:
  Result<void> start() {
    open_ = HUG_TRY(fs_->open(file_.local_path()));
    if (stamp_of(HUG_TRY(fs_->info(open_))) != file_.stamp) {
      return changed(file_);
    }
    if (git_id_) hasher_.emplace(base::git_blob_hasher(size_));
    return {};
  }

  Result<void> finish() {
    if (finished_) return {};
    finished_ = true;
    if (stamp_of(HUG_TRY(fs_->info(open_))) != file_.stamp) {
      return changed(file_);
    }
    if (git_id_) *git_id_ = hasher_->finish();
    return {};
  }

  std::shared_ptr<sys::Fs> fs_;
  LocalFile file_;
  std::uint64_t offset_;
  std::uint64_t size_;
  std::shared_ptr<std::string> git_id_;
  sys::File open_ = {};
  std::optional<base::Hasher> hasher_ = {};
  std::uint64_t done_ = 0;
  bool finished_ = false;
};

}  // namespace

FileStamp stamp_of(const sys::FileInfo& info) {
  return {info.size, info.modified.time_since_epoch().count(), info.inode,
          info.device};
}

Result<std::vector<LocalFile>> find_local_files(const Context::Parts& parts,
                                                const UploadRequest& request) {
  auto& fs = *parts.fs;
  const auto root = sys::expand_path(parts.env, request.local_path);
  const auto info = HUG_TRY_WITH(fs.info(root),
                                 "looking for what to "
                                 "upload");
  if (info.kind == sys::FileKind::kFile) {
    return single_file(request, root, info);
  }
  if (info.kind != sys::FileKind::kDirectory) {
    return Error(Code::kUsage, "'" + root + "' is no file and no folder");
  }
  const auto selection =
      Selection(request.include, request.exclude).without_own_files();
  const auto prefix = folder_prefix(request.path_in_repo);
  const auto shared =
      std::make_shared<LocalRoot>(LocalRoot{root + "/", prefix.size()});
  std::vector<LocalFile> files;
  HUG_TRY(sys::walk(fs, root, [&](const auto& entry) -> Result<bool> {
    HUG_TRY(parts.check_stop());
    if (entry.kind == sys::FileKind::kDirectory) {
      const auto name = base_name(entry.path);
      return name != ".git" && !entry.path.ends_with(".cache/huggingface");
    }
    if (!selection.takes(entry.path)) return true;
    const auto local = root + "/" + entry.path;
    const auto found = HUG_TRY(fs.find_info(local));
    if (!found || found->kind != sys::FileKind::kFile) return true;
    files.push_back({shared, HUG_TRY(api::check_repo_path(prefix + entry.path)),
                     stamp_of(*found)});
    return true;
  }));
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

Result<std::string> read_sample(sys::Fs& fs, const LocalFile& file) {
  std::array<std::byte, kSample> buffer{};
  const auto open = HUG_TRY(fs.open(file.local_path()));
  const auto n = HUG_TRY(fs.read_at(open, 0, buffer));
  return std::string(reinterpret_cast<const char*>(buffer.data()), n);
}

Result<std::string> hash_local(
    const Context::Parts& parts, const LocalFile& file, base::HashKind kind,
    const std::function<void(std::uint64_t done)>& on_progress) {
  auto& fs = *parts.fs;
  const auto open = HUG_TRY(fs.open(file.local_path()));
  auto hasher = kind == base::HashKind::kSha1
                    ? base::git_blob_hasher(file.stamp.size)
                    : base::Hasher(kind);
  std::vector<std::byte> buffer(kChunk);
  std::uint64_t done = 0;
  while (done < file.stamp.size) {
    HUG_TRY(parts.check_stop());
    const auto n = HUG_TRY(fs.read_at(open, done, buffer));
    if (n == 0) break;
    hasher.update(std::span(buffer).first(n));
    done += n;
    if (on_progress) on_progress(done);
  }
  if (stamp_of(HUG_TRY(fs.info(open))) != file.stamp ||
      done != file.stamp.size) {
    return changed(file);
  }
  return hasher.finish();
}

http::BodySourcePtr local_body(const Context::Parts& parts,
                               const LocalFile& file, std::uint64_t offset,
                               std::uint64_t size) {
  return std::make_shared<FileBody>(parts, file, offset, size, nullptr);
}

http::BodySourcePtr local_body(const Context::Parts& parts,
                               const LocalFile& file,
                               std::shared_ptr<std::string> git_id) {
  return std::make_shared<FileBody>(parts, file, 0, file.stamp.size,
                                    std::move(git_id));
}

Result<void> check_unchanged(sys::Fs& fs, const LocalFile& file) {
  const auto info = HUG_TRY(fs.find_info(file.local_path()));
  if (!info || stamp_of(*info) != file.stamp) return changed(file);
  return {};
}

}  // namespace hug::transfer
