// Files that belong together: a folder, or a repository at one commit. What
// looks at models takes one of these and does not care which it is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/byte_source.h"
#include "hug/export.h"
#include "hug/result.h"

namespace hug {

struct FileInfo {
  std::string path = {};   // relative, with '/', never leaving the set
  std::uint64_t size = 0;  // bytes
};

/// Const methods may be called from several threads at once.
class HUG_EXPORT FileSet {
 public:
  virtual ~FileSet() = default;
  /// What it is, for messages: a path or a URI.
  virtual const std::string& name() const noexcept = 0;
  /// All files, sorted by path.
  virtual const std::vector<FileInfo>& files() const noexcept = 0;
  /// Errors: kNotFound when there is no such file; kIo, kNetwork ...
  virtual Result<ByteSourcePtr> open(std::string_view path) const = 0;

  /// The file with exactly this path, or nothing.
  const FileInfo* find(std::string_view path) const noexcept;
  /// All of a file as text. Errors: kLimit when it is larger than `limit`
  /// bytes; as open.
  Result<std::string> read_text(std::string_view path,
                                std::uint64_t limit = 64 << 20) const;
};

using FileSetPtr = std::shared_ptr<const FileSet>;

/// The files beneath a folder; links to files are followed (snapshots in a
/// cache are such links), links to folders and hidden entries are left out.
/// Errors: kNotFound, kIo; kLimit for more than 100,000 files.
HUG_EXPORT Result<FileSetPtr> open_folder(const std::string& path);
/// A set of one file; its path is the last part of the source's name.
HUG_EXPORT FileSetPtr file_set_of(ByteSourcePtr source);

}  // namespace hug
