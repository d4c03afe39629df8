// What a revision holds, from the cache where it is known and from the hub
// where it is not: which commit, which files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "hug/hub.h"
#include "hug/repo.h"

namespace hug::transfer {

/// Where listings are kept: the cache, and for folders the folder too.
struct Shelves {
  cache::RepoCache* repo = nullptr;
  cache::LocalDir* folder = nullptr;  ///< null: the cache only
  bool read_only = false;             ///< keep nothing (dry runs)

  std::optional<std::vector<cache::TreeFile>> find(
      std::string_view commit) const;
  void keep(std::string_view commit,
            const std::vector<cache::TreeFile>& files) const;
};

struct Listing {
  std::string commit = {};
  std::vector<cache::TreeFile> files = {};  ///< sorted by path
  bool known = true;        ///< false: the cache has no listing either
  bool from_cache = false;  ///< nobody was asked
  std::string warning = {};
};

/// One file, asked for by name.
struct Head {
  std::string commit = {};
  cache::TreeFile file = {};
};

/// The commit that a revision is, asked of the hub.
Result<std::string> head_commit(Hub& hub, const RepoId& repo,
                                const std::string& revision);

/// "main" for an empty revision. `local_only` asks nobody. A hub that cannot
/// be reached is replaced by the cache, with a warning.
Result<Listing> list_revision(Hub& hub, const Shelves& shelves,
                              const RepoId& repo, std::string revision,
                              bool local_only);

/// Commit, size and digest of a file by one HEAD request; marks a file that is
/// known to be absent. Nothing when the hub's answer does not tell enough.
Result<std::optional<Head>> ask_for_file(Hub& hub, cache::RepoCache& repo_cache,
                                         const RepoId& repo,
                                         std::string_view revision,
                                         std::string_view path);

/// True for failures after which the cache may stand in for the hub.
bool hub_unreachable(const Error& error);
/// Names files of a repository that are not what they should be.
Error offline_error(const Hub& hub, const RepoId& repo,
                    const std::string& what);

}  // namespace hug::transfer
