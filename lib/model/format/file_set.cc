#include "hug/file_set.h"

#include <algorithm>

#include "sys/sys.h"

namespace hug {
namespace {

constexpr std::size_t kMostFiles = 100'000;

class Folder : public FileSet {
 public:
  Folder(std::string path, std::vector<FileInfo> files)
      : path_(std::move(path)), files_(std::move(files)) {}

  const std::string& name() const noexcept override { return path_; }

  const std::vector<FileInfo>& files() const noexcept override {
    return files_;
  }

  Result<ByteSourcePtr> open(std::string_view path) const override {
    if (find(path) == nullptr)
      return Error(Code::kNotFound,
                   "no file '" + std::string(path) + "' in '" + path_ + "'");
    return open_file(path_ + "/" + std::string(path), FileAccess::kMap);
  }

 private:
  std::string path_;
  std::vector<FileInfo> files_;
};

class OneFile : public FileSet {
 public:
  explicit OneFile(ByteSourcePtr source) : source_(std::move(source)) {
    const std::string& name = source_->name();
    const auto slash = name.rfind('/');
    files_.push_back(
        {.path = slash == std::string::npos ? name : name.substr(slash + 1),
         .size = source_->size()});
  }

  const std::string& name() const noexcept override { return source_->name(); }

  const std::vector<FileInfo>& files() const noexcept override {
    return files_;
  }

  Result<ByteSourcePtr> open(std::string_view path) const override {
    if (path == files_[0].path) return source_;
    return Error(Code::kNotFound, "'" + source_->name() + "' is one file, '" +
                                      std::string(path) + "' is not there");
  }

 private:
  ByteSourcePtr source_;
  std::vector<FileInfo> files_;
};

}  // namespace

const FileInfo* FileSet::find(std::string_view path) const noexcept {
  const auto& all = files();
  const auto at = std::lower_bound(
      all.begin(), all.end(), path,
      [](const FileInfo& f, std::string_view p) { return f.path < p; });
  return at != all.end() && at->path == path ? &*at : nullptr;
}

Result<std::string> FileSet::read_text(std::string_view path,
                                       std::uint64_t limit) const {
  const auto source = HUG_TRY(open(path));
  if (source->size() > limit)
    return Error(Code::kLimit, "'" + std::string(path) + "' has " +
                                   std::to_string(source->size()) +
                                   " bytes, more than " +
                                   std::to_string(limit));
  std::string text(static_cast<std::size_t>(source->size()), '\0');
  HUG_TRY(source->read_at(0, std::as_writable_bytes(std::span(text))));
  return text;
}

Result<FileSetPtr> open_folder(const std::string& path) {
  const auto fs = sys::real_fs();
  const auto root = HUG_TRY(fs->open_dir(path));
  std::vector<FileInfo> files;
  const auto visit = [&](const sys::WalkEntry& entry) -> Result<bool> {
    const auto slash = entry.path.rfind('/');
    if (entry.path[slash == std::string::npos ? 0 : slash + 1] == '.')
      return false;
    if (entry.kind == sys::FileKind::kDirectory) return true;
    const auto info = HUG_TRY(fs->find_info(path + "/" + entry.path));
    if (!info || info->kind != sys::FileKind::kFile) return false;
    if (files.size() == kMostFiles)
      return Error(Code::kLimit,
                   "'" + path + "' holds more than 100,000 files");
    files.push_back({.path = entry.path, .size = info->size});
    return true;
  };
  HUG_TRY(sys::walk(*fs, path, visit));
  std::sort(
      files.begin(), files.end(),
      [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; });
  return FileSetPtr(std::make_shared<Folder>(path, std::move(files)));
}

FileSetPtr file_set_of(ByteSourcePtr source) {
  return std::make_shared<OneFile>(std::move(source));
}

}  // namespace hug
