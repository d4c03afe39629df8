// Files on this machine that go to a hub: found, identified, read while they
// stay the same.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "http/body.h"
#include "hug/upload.h"
#include "sys/context.h"
#include "sys/fs.h"
#include "transfer/select.h"

namespace hug::transfer {

/// What tells whether a file is still the same.
struct FileStamp {
  std::uint64_t size = 0;
  std::int64_t modified = 0;  ///< nanoseconds since 1970
  std::uint64_t inode = 0;
  std::uint64_t device = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

FileStamp stamp_of(const sys::FileInfo& info);

/// What the files of one upload have in common: there may be a hundred thousand
/// of them.
struct LocalRoot {
  std::string before = {};  ///< of local paths: the folder, or the whole file
  std::size_t prefix = 0;   ///< of paths in the repository: not in local paths
};

struct LocalFile {
  std::shared_ptr<const LocalRoot> root = {};
  std::string path = {};  ///< in the repository
  FileStamp stamp = {};

  std::string local_path() const {
    return root->before + path.substr(root->prefix);
  }
};

/// The files an upload is about, sorted by path. Links to files are followed,
/// links to directories are not. Errors: kNotFound, kUsage for a path that a
/// repository cannot have.
Result<std::vector<LocalFile>> find_local_files(const Context::Parts& parts,
                                                const UploadRequest& request);

/// First min(512, size) bytes.
Result<std::string> read_sample(sys::Fs& fs, const LocalFile& file);

/// The digest of a file. Errors: kConflict when it changes meanwhile,
/// kCancelled.
Result<std::string> hash_local(
    const Context::Parts& parts, const LocalFile& file, base::HashKind kind,
    const std::function<void(std::uint64_t done)>& on_progress = {});

/// A part of a file as a request body; ends with kConflict when the file is no
/// longer the one that was found.
http::BodySourcePtr local_body(const Context::Parts& parts,
                               const LocalFile& file, std::uint64_t offset,
                               std::uint64_t size);
/// The whole file. After it was read to its end `*git_id` (may be null) is the
/// git blob id of what went out.
http::BodySourcePtr local_body(const Context::Parts& parts,
                               const LocalFile& file,
                               std::shared_ptr<std::string> git_id = {});

/// Errors: kConflict unless the file still is as it was found.
Result<void> check_unchanged(sys::Fs& fs, const LocalFile& file);

}  // namespace hug::transfer
