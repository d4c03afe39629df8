// From a hub to this machine: into the cache that is shared with the Python
// client, or into a folder. Every byte is hashed before a file gets its name;
// what a killed run had is used by the next one.
//
// Events: kPlan (bytes and files), per file kStart, kProgress (bytes), kState
// ("verifying"), kDone, kRetry, kFailed; kFinish. Item ids are index + 1 in
// DownloadPlan::items.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hug/export.h"
#include "hug/hub.h"
#include "hug/repo.h"
#include "hug/result.h"

namespace hug {

struct DownloadRequest {
  RepoId repo = {};
  std::string revision = {};  ///< empty: main
  /// Exact paths, folders ("dir/") and, with '*', '?' or '[', patterns. Empty:
  /// everything that include and exclude let through.
  std::vector<std::string> files = {};
  std::vector<std::string> include = {};  ///< fnmatch; '*' crosses '/'
  std::vector<std::string> exclude = {};
  /// Of repositories with GGUF files: only the files of one quantization, as
  /// target.h chooses it ("Q4_K_M", or "best").
  std::string quant = {};
  std::string cache_dir = {};  ///< empty: HF_HUB_CACHE ...
  std::string local_dir = {};  ///< set: plain files below it
  bool force = false;          ///< fetch again what is there
  bool local_only = false;     ///< ask nobody
  unsigned workers = 8;        ///< files at once
  unsigned streams = 8;        ///< ranges at once within a file
};

struct DownloadItem {
  std::string path = {};  ///< in the repository
  std::string etag = {};  ///< sha256 or git id of the content
  std::uint64_t size = 0;
  std::uint64_t resumed = 0;  ///< bytes that an earlier run left
  bool cached = false;        ///< the content is on this machine
  bool will_download = false;
};

struct DownloadPlan {
  RepoId repo = {};
  std::string revision = {};
  std::string commit = {};
  std::string root = {};                 ///< snapshot folder or local_dir
  bool single_file = false;              ///< one exact path was asked for
  std::vector<DownloadItem> items = {};  ///< sorted by path
  std::uint64_t total_bytes = 0;
  std::uint64_t fetch_bytes = 0;  ///< still to come over the network
  std::uint64_t fetch_items = 0;
  std::uint64_t repo_items = 0;  ///< files of the revision in all
  std::vector<std::string> warnings = {};
  bool from_cache = false;  ///< the hub was not reached or not asked

  /// Where an item is or will be.
  std::string local_path(const DownloadItem& item) const {
    return root + "/" + item.path;
  }
};

/// Works out what a download would do; writes nothing.
/// Errors: kNotFound, kGated, kUnauthorized, kDenied, kOffline, kNetwork.
HUG_EXPORT Result<DownloadPlan> plan_download(Hub& hub,
                                              const DownloadRequest& request);

struct DownloadResult {
  std::string path = {};  ///< of the file, or of the folder
  std::string commit = {};
  DownloadPlan plan = {};
  std::uint64_t fetched_bytes = 0;  ///< body bytes that came over the network
  std::uint64_t requests = 0;
};

/// Errors as plan_download(), and kCorrupt when bytes stay wrong after
/// fetching them again, kNoSpace, kIo, kBusy, kConflict when the file changes
/// on the hub, kCancelled.
HUG_EXPORT Result<DownloadResult> download(Hub& hub,
                                           const DownloadRequest& request);

}  // namespace hug
