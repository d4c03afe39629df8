// What a download wants, what of it is here, and what has to come.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cache/cache.h"
#include "hug/download.h"
#include "hug/hub.h"
#include "sys/context.h"

namespace hug::transfer {

/// A request that was checked, and where its files go.
struct OpenDownload {
  Hub& hub;
  const Context::Parts& parts;
  DownloadRequest request = {};
  std::unique_ptr<cache::RepoCache> repo = {};
  std::unique_ptr<cache::LocalDir> folder = {};  ///< null: the cache
};

Result<OpenDownload> open_download(Hub& hub, DownloadRequest request);

/// `dry_run`: leaves nothing behind.
Result<DownloadPlan> plan_download(const OpenDownload& work, bool dry_run);

/// Whether a plain file of that size is there.
bool has_size(const Context::Parts& parts, const std::string& path,
              std::uint64_t size);

}  // namespace hug::transfer
