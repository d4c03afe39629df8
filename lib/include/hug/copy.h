// cp: one file or folder between this machine and hubs, or from hub to hub.
#pragma once

#include <string>

#include "hug/export.h"
#include "hug/hub.h"
#include "hug/result.h"
#include "hug/upload.h"

namespace hug {

struct CopyRequest {
  std::string source = {};       ///< a path, "-" or hf://...
  std::string destination = {};  ///< the same; empty: the source's basename
  ReadBytes read = {};           ///< standard input, for source "-"
  WriteBytes write = {};         ///< standard output, for destination "-"
  std::string message = {};
};

struct CopyResult {
  enum class Kind : std::uint8_t { kDownloaded, kUploaded, kCopied };
  Kind kind = Kind::kDownloaded;
  std::string source = {};       ///< as it should be shown
  std::string destination = {};  ///< full path or URI; "-" for a stream
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// Errors: kUsage when neither side is on a hub, or for a folder between this
/// machine and a hub (download and upload do that).
HUG_EXPORT Result<CopyResult> copy(Hub& hub, const CopyRequest& request);

}  // namespace hug
