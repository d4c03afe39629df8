// What the hub wants to do with files before they are sent: keep them in git or
// as large objects, or ignore them; and what it has under their paths already.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/hub.h"
#include "hug/repo.h"

namespace hug::api {

struct PreuploadFile {
  std::string path = {};
  std::uint64_t size = 0;
  std::string sample = {};  ///< first min(512, size) bytes
};

struct PreuploadAnswer {
  bool large = false;
  bool ignored = false;
  /// Of what is under the path now: sha256 of large files, git blob id of
  /// others; empty when there is nothing.
  std::string oid = {};
};

/// Files a question may hold.
inline constexpr std::size_t kPreuploadBatch = 256;

struct PreuploadOptions {
  std::string revision = {};
  bool create_pr = false;
  std::optional<std::string> git_ignore = {};
};

/// In the order of the files; at most kPreuploadBatch of them.
Result<std::vector<PreuploadAnswer>> preupload(
    Hub& hub, const RepoId& repo, const PreuploadOptions& options,
    const std::vector<PreuploadFile>& files);

/// Asks the hub whether the metadata of a README is right; its warnings.
/// Errors: kUsage with what is wrong. A hub that cannot tell has no objection.
Result<std::vector<std::string>> validate_card(Hub& hub, RepoType type,
                                               std::string_view content);

}  // namespace hug::api
