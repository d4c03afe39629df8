// What an upload is about: the files, what the hub wants done with each, which
// are there already, and which remote files are to go.
#pragma once

#include <cstdint>
#include <deque>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "api/preupload.h"
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

/// What the hub says about files, in their order.
struct AskedFiles {
  std::size_t first = 0;
  std::vector<api::PreuploadAnswer> answers = {};
};

/// Asks about at most api::kPreuploadBatch of the files from `first` on.
Result<AskedFiles> ask(Hub& hub, const PreparedUpload& upload,
                       std::size_t first);
/// Hashes what has to be hashed to know whether it is there already.
Result<std::vector<ClassifiedFile>> classify(Hub& hub,
                                             const PreparedUpload& upload,
                                             HashCache& hashes,
                                             const AskedFiles& asked);

/// The questions about all files, a few of them under way at a time.
class Questions {
 public:
  Questions(Hub& hub, const PreparedUpload& upload)
      : hub_(hub), upload_(upload) {}

  /// The next answer; nothing after the last file.
  std::optional<Result<AskedFiles>> next();

 private:
  static constexpr std::size_t kAtOnce = 4;

  Hub& hub_;
  const PreparedUpload& upload_;
  std::size_t next_ = 0;
  std::deque<std::future<Result<AskedFiles>>> running_ = {};
};

/// Remote files that the request's `remove` patterns name.
Result<std::vector<std::string>> find_removals(Hub& hub,
                                               const PreparedUpload& upload);

}  // namespace hug::transfer
