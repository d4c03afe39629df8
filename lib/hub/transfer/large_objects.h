// Large objects on their way to a hub: offered in batches, sent in one piece or
// in parts, confirmed. When this returns without an error the hub has said of
// every object that it holds it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hug/hub.h"
#include "hug/repo.h"
#include "transfer/local_files.h"

namespace hug::transfer {

struct LargeFile {
  const LocalFile* file = nullptr;  // must outlive the call
  std::string sha256 = {};
  std::uint64_t id = 0;  ///< of the item, for events
};

struct LargeOptions {
  std::string revision = {};  ///< empty for pull requests
  unsigned workers = 8;
};

/// Returns the bytes sent. Two files of the same content are sent once.
/// Errors: kConflict when a file changes meanwhile; what the hub refuses.
Result<std::uint64_t> send_large_files(Hub& hub, const RepoId& repo,
                                       const LargeOptions& options,
                                       const std::vector<LargeFile>& files);

}  // namespace hug::transfer
