// What an upload is about: the files, what the hub wants done with each, which
// are there already, and which remote files are to go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hug/upload.h"
#include "transfer/commit_files.h"
#include "transfer/hash_cache.h"
#include "transfer/local_files.h"

namespace hug::transfer {

/// A request with its defaults filled in.
struct PreparedUpload {
  UploadRequest request = {};
  std::vector<LocalFile> files = {};
  bool single = false;
  std::optional<std::string> git_ignore = {};
  std::uint64_t total_bytes = 0;
};

/// Finds the files and checks what can be checked without the hub.
Result<PreparedUpload> prepare_upload(const Context::Parts& parts,
                                      UploadRequest request);

struct ClassifiedFile {
  CommitItem item = {};
  bool ignored = false;
  bool unchanged = false;
};

/// Asks about at most api::kPreuploadBatch of the files from `first` on, and
/// hashes what has to be hashed to know whether it is there already.
Result<std::vector<ClassifiedFile>> classify(Hub& hub,
                                             const PreparedUpload& upload,
                                             HashCache& hashes,
                                             std::size_t first);

/// Remote files that the request's `remove` patterns name.
Result<std::vector<std::string>> find_removals(Hub& hub,
                                               const PreparedUpload& upload);

}  // namespace hug::transfer
