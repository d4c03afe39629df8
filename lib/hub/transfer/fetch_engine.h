// Fetches the files of a plan: small ones whole and in batches, large ones by
// ranges, all over the same few connections. Content is hashed before it gets
// its name, and is on the disk before the name is.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "hug/download.h"
#include "hug/hub.h"
#include "transfer/place.h"

namespace hug::transfer {

struct FetchLimits {
  unsigned workers = 8;  ///< files at once, at most connections
  unsigned streams = 8;  ///< ranges of one file at once
};

/// The items of a plan that have to come.
struct FetchList {
  const DownloadPlan& plan;
  std::vector<std::size_t> items = {};  ///< indices
  bool force = false;

  FetchJob job(std::size_t item) const;
};

/// Brings everything in. The first error stops what has not begun; what has
/// come in of large files is kept for the next run. Returns the bytes of
/// content that were fetched.
Result<std::uint64_t> fetch_all(Hub& hub, Place& place, const FetchList& list,
                                const FetchLimits& limits);

}  // namespace hug::transfer
