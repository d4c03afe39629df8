// Applying a commit: checks, new trees, one pack, one ref. Commits on a repo
// are serialised, so history stays linear and a stale parent is noticed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "hub/git/pack_writer.h"
#include "hub/store/commit_reader.h"
#include "hub/store/store.h"

namespace hug::hub {

struct CommitWanted {
  std::string revision;  // "main", "refs/pr/1", "refs/heads/x"
  bool create_pr = false;
  std::string author;
  /// Whether a large object may be referred to; `copy`: the line gave no size.
  /// Unset: all may.
  std::function<Result<bool>(const std::string& oid, bool copy)> may_use = {};
};

struct CommitDone {
  Oid commit;
  std::uint64_t pull_request = 0;  // its number; 0: none was made
};

/// `pack` holds the blobs that the reader wrote. Errors: kNotFound
/// (RevisionNotFound, EntryNotFound), kConflict (412: a stale parent), kUsage
/// (paths that exclude each other, an object that was not uploaded), kBusy.
Result<CommitDone> apply_commit(Store& store, const RepoRecord& record,
                                const OpenRepoPtr& repo,
                                const CommitWanted& wanted,
                                const CommitReader& request, PackWriter pack);

/// Replaces a branch's history by one commit with its tree.
Result<Oid> squash_branch(Store& store, const RepoRecord& record,
                          const OpenRepoPtr& repo, const std::string& ref,
                          const std::string& author,
                          const std::string& message);

/// A commit without parents that holds only the default .gitattributes, for
/// branches that begin empty. Not yet referred to.
Result<Oid> write_empty_commit(Store& store, const RepoRecord& record,
                               const OpenRepoPtr& repo,
                               const std::string& author);

}  // namespace hug::hub
