// Repositories that are open: handles and caches, kept for the most recently
// used ones. Everything that changes a repo holds its WriteLock, which
// excludes other threads and other processes.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "hub/git/git_repo.h"
#include "hub/git/history.h"
#include "hub/git/listing.h"
#include "hub/store/card.h"
#include "hub/store/weights.h"
#include "sys/sys.h"

namespace hug::hub {

struct OpenRepo {
  std::string id;
  std::unique_ptr<GitRepo> git;
  ListingCache listings;
  CardCache cards;
  WeightCache weights;
  HistoryCache histories;
  std::timed_mutex write_mutex;

  std::string pack_dir() const { return git->path() + "/objects/pack"; }

  /// The files of a commit.
  Result<ListingPtr> files_of(const Oid& commit);

 private:
  std::mutex trees_mutex_;
  std::unordered_map<Oid, Oid, OidHash> trees_;  // of commits
};

using OpenRepoPtr = std::shared_ptr<OpenRepo>;

class WriteLock {
 public:
  /// Errors: kBusy when another process holds the repo for longer than
  /// `wait`.
  static Result<WriteLock> take(sys::Fs& fs, OpenRepoPtr repo,
                                sys::Millis wait = std::chrono::seconds(60));

 private:
  WriteLock(OpenRepoPtr repo, std::unique_lock<std::timed_mutex> lock,
            sys::File file);

  OpenRepoPtr repo_;  // keeps the mutex alive; released last
  std::unique_lock<std::timed_mutex> lock_;
  sys::File file_;  // the flock ends when it closes
};

class RepoPool {
 public:
  /// `dir`: the folder that holds "<id>.git".
  explicit RepoPool(std::string dir) : dir_(std::move(dir)) {}

  std::string path(const std::string& id) const;
  Result<OpenRepoPtr> open(const std::string& id);
  /// Forgets a repo (it was deleted, or repacked).
  void forget(const std::string& id);

 private:
  std::string dir_;
  std::mutex mutex_;
  std::list<OpenRepoPtr> recent_;  // newest first
  std::unordered_map<std::string, std::list<OpenRepoPtr>::iterator> by_id_;
};

}  // namespace hug::hub
