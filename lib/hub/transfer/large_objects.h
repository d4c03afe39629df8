// Large objects on their way to a hub: offered in batches, sent in one piece or
// in parts, confirmed. When this returns without an error the hub has said of
// every object that it holds it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "http/body.h"
#include "hug/hub.h"
#include "hug/repo.h"
#include "transfer/local_files.h"

namespace hug::transfer {

struct LargeFile {
  std::string path = {};  ///< in the repository
  std::uint64_t size = 0;
  std::string sha256 = {};
  std::uint64_t id = 0;  ///< of the item, for events
  /// A part of the content as a request body.
  std::function<http::BodySourcePtr(std::uint64_t offset, std::uint64_t size)>
      body = {};
  /// Errors: kConflict when the content is no longer the one that was hashed.
  std::function<Result<void>()> check = {};
};

/// `file` must outlive what is returned.
LargeFile local_large_file(const Context::Parts& parts, const LocalFile& file,
                           std::string sha256, std::uint64_t id);

struct LargeOptions {
  std::string revision = {};  ///< empty for pull requests
  unsigned workers = 8;
};

/// Returns the bytes sent. Two files of the same content are sent once.
/// Errors: those of the bodies and checks; what the hub refuses.
Result<std::uint64_t> send_large_files(Hub& hub, const RepoId& repo,
                                       const LargeOptions& options,
                                       const std::vector<LargeFile>& files);

}  // namespace hug::transfer
