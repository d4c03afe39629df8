// A folder of plain files from a repository, with what is needed to tell later
// whether they are current:
//
//   <dir>/<path>
//   <dir>/.cache/huggingface/.gitignore                    "*"
//   <dir>/.cache/huggingface/CACHEDIR.TAG
//   <dir>/.cache/huggingface/download/<path>.metadata      commit, etag, time
//   <dir>/.cache/huggingface/download/<path>.lock
//   <dir>/.cache/huggingface/download/<folder>/<H>.<etag>.<8 hex>.incomplete
//   <dir>/.cache/huggingface/download/<folder>/<H>.<etag>.<8 hex>.journal
//   <dir>/.cache/huggingface/trees/<commit>.json
//
// H is url-safe base64 of sha1("<base name>.metadata"). Nothing is written
// through a symbolic link below <dir>.
//
// Threads: all functions may be called from several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/tree_file.h"
#include "hug/result.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/part_file.h"

namespace hug::cache {

struct FileMetadata {
  std::string commit = {};
  std::string etag = {};
  double time = 0;  // seconds since 1970
};

/// Nothing for what cannot be used.
std::optional<FileMetadata> parse_metadata(std::string_view text);
std::string format_metadata(const FileMetadata& metadata);

class LocalDir {
 public:
  /// Touches nothing on disk.
  LocalDir(std::shared_ptr<sys::Fs> fs, std::shared_ptr<sys::Clock> clock,
           std::string path);
  LocalDir(LocalDir&&) noexcept;
  LocalDir& operator=(LocalDir&&) noexcept;
  ~LocalDir();

  const std::string& path() const noexcept;
  std::string file_path(std::string_view file) const;

  // File names must have passed sys::check_file_name.

  /// A regular file is there (size), without following a link.
  std::optional<std::uint64_t> find_file(std::string_view file) const;
  /// Something is there that is no regular file, or a link.
  bool is_blocked(std::string_view file) const;
  /// The file's metadata if it is there and was not changed since.
  std::optional<FileMetadata> find_metadata(std::string_view file) const;
  std::optional<std::vector<TreeFile>> find_tree(std::string_view commit) const;
  std::uint64_t resumable(std::string_view file, std::string_view etag,
                          std::uint64_t size) const;

  void write_tree(std::string_view commit, const std::vector<TreeFile>& files);
  /// Errors: kNoSpace, kIo.
  Result<void> write_metadata(std::string_view file, std::string_view commit,
                              std::string_view etag);
  /// As RepoCache::lock_blob.
  Result<std::optional<sys::Lock>> lock_file(std::string_view file,
                                             sys::LockOptions options = {});
  Result<sys::PartFile> open_partial(std::string_view file,
                                     std::string_view etag, std::uint64_t size);
  /// Puts complete, verified bytes in place of the file (never through a
  /// link) and writes its metadata. Returns its path. Errors: kConflict when a
  /// folder is in the way, kDenied when a link leads out, kNoSpace, kIo.
  Result<std::string> publish(sys::PartFile& part, std::string_view file,
                              std::string_view commit, std::string_view etag);
  /// The same with the bytes of a file on this machine (of the cache).
  Result<std::string> copy_in(const std::string& source, std::string_view file,
                              std::string_view commit, std::string_view etag);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hug::cache
