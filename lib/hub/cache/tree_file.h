// The listing of a commit, kept so that it is asked for once:
// trees/<commit>.json, as the Python client writes it (json.dump, indent 1):
//
//   {"format_version": 1, "files": {"<path>": {"size": N, "blob_id": "<sha1>",
//     "lfs_sha256": "<sha256>", "lfs_size": N, "xet_hash": "<64 hex>"}}}
//
// The last three are there for large files only; xet_hash for Xet files only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/result.h"

namespace hug::cache {

struct TreeFile {
  std::string path = {};
  std::uint64_t size = 0;
  std::string blob_id = {};
  std::string lfs_sha256 = {};
  std::uint64_t lfs_size = 0;
  std::string xet_hash = {};

  /// What names the content: sha256 of large files, else the git id.
  const std::string& etag() const noexcept {
    return lfs_sha256.empty() ? blob_id : lfs_sha256;
  }

  std::uint64_t real_size() const noexcept {
    return lfs_sha256.empty() ? size : lfs_size;
  }

  bool operator==(const TreeFile&) const = default;
};

/// Nothing for what cannot be used (another version, damage, a digest that is
/// none): the listing is then asked for again.
std::optional<std::vector<TreeFile>> parse_tree(std::string_view text);
/// Sorted by path; byte-equal to Python's.
std::string format_tree(const std::vector<TreeFile>& files);

}  // namespace hug::cache
