// All files and folders of one tree, with sizes and large-object digests:
// what listings, infos and file requests are answered from. Made once a tree
// and kept; blobs seen in earlier trees cost nothing.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hub/git/git_repo.h"
#include "hub/git/oid.h"

namespace hug::hub {

struct ListedEntry {
  std::string path;
  Oid oid;                  // of the blob (for LFS files: the pointer) or tree
  std::uint64_t size = 0;   // of the content; for LFS files the real one
  std::string sha256 = {};  // set for LFS files
  std::uint32_t blob_size = 0;  // bytes of the blob itself
  bool folder = false;

  bool is_lfs() const noexcept { return !sha256.empty(); }

  /// What clients compare and cache by: sha256 of LFS files, else the blob id.
  std::string etag() const { return is_lfs() ? sha256 : oid.hex(); }
};

struct Listing {
  Oid tree;
  std::vector<ListedEntry> entries;  // sorted by path, folders included

  const ListedEntry* find(std::string_view path) const;
  /// The entries below a folder ("" is the root): a range of `entries`.
  std::pair<std::size_t, std::size_t> below(std::string_view folder) const;
};

using ListingPtr = std::shared_ptr<const Listing>;

/// Listings of one repo. Threads: any.
class ListingCache {
 public:
  Result<ListingPtr> get(const GitRepo& repo, const Oid& tree);
  void clear();

 private:
  struct BlobFacts {
    std::uint64_t size = 0;
    std::string sha256;
    std::uint32_t blob_size = 0;
  };

  Result<BlobFacts> look(const GitRepo& repo, const Oid& oid);
  Result<void> collect(const GitRepo& repo, const Oid& tree,
                       const std::string& prefix, unsigned depth,
                       std::vector<ListedEntry>& out);
  void keep(ListingPtr listing);

  std::mutex mutex_;
  std::list<ListingPtr> recent_;  // newest first
  std::mutex build_mutex_;        // one build at a time; guards facts_
  std::unordered_map<Oid, BlobFacts, OidHash> facts_;
};

}  // namespace hug::hub
