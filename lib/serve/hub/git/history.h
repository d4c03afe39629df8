// The history behind a commit, newest first, and which commit changed a path
// last.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "hub/git/git_repo.h"

namespace hug::hub {

using CommitList = std::shared_ptr<const std::vector<Oid>>;

/// Histories of the heads that were asked for last. Threads: any.
class HistoryCache {
 public:
  /// All commits reachable from `head` (at most a million), newest first; a
  /// commit comes before its parents.
  Result<CommitList> get(const GitRepo& repo, const Oid& head);

 private:
  std::mutex mutex_;
  std::list<std::pair<Oid, CommitList>> recent_;
};

/// For each path the commit that changed it last, seen from `head` along first
/// parents. Paths that do not exist there yield the oldest commit looked at.
Result<std::vector<GitCommit>> last_commits(
    const GitRepo& repo, const Oid& head,
    const std::vector<std::string>& paths);

}  // namespace hug::hub
