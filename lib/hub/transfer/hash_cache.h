// Digests of local files from earlier runs, so that an upload that is run again
// hashes nothing twice. Lines are appended as hashing proceeds; a line that is
// torn is skipped. What is remembered is believed only while size, time, inode
// and device of the file are the same, and was not written down when the file
// was so young that it could have changed unnoticed.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "sys/context.h"
#include "sys/fs.h"
#include "transfer/local_files.h"

namespace hug::transfer {

/// Threads may share it. Failures to read or write cost time, never an error.
class HashCache {
 public:
  /// For uploads of `root` (a file or folder).
  HashCache(const Context::Parts& parts, const std::string& root);

  std::optional<std::string> find(const LocalFile& file, base::HashKind kind);
  void keep(const LocalFile& file, base::HashKind kind,
            const std::string& digest);

 private:
  // Part of the sha256 of kind and local path.
  using Key = std::array<std::byte, 16>;

  struct Known {
    FileStamp stamp = {};
    std::array<std::byte, 32> digest = {};  // sha1: the first 20
  };

  static Key key_of(base::HashKind kind, std::string_view local_path);
  void load();
  void take_line(std::string_view line);
  void append(const std::string& line);

  const Context::Parts* parts_;
  std::string path_;
  std::mutex mutex_;
  std::map<Key, Known> known_;
  sys::File journal_ = {};
  bool broken_ = false;
};

}  // namespace hug::transfer
