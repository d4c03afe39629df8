#include "hub/store/repo_pool.h"

#include <cerrno>
#include <thread>

namespace hug::hub {
namespace {

constexpr std::size_t kMaxOpen = 64;
constexpr std::size_t kMaxTrees = 4096;
constexpr auto kPoll = std::chrono::milliseconds(2);

Error busy(const std::string& id) {
  return Error(Code::kBusy, "repository " + id + " is being written")
      .hint("try again in a moment");
}

}  // namespace

WriteLock::WriteLock(OpenRepoPtr repo, std::unique_lock<std::timed_mutex> lock,
                     sys::File file)
    : repo_(std::move(repo)), lock_(std::move(lock)), file_(std::move(file)) {}

Result<WriteLock> WriteLock::take(sys::Fs& fs, OpenRepoPtr repo,
                                  sys::Millis wait) {
  std::unique_lock lock(repo->write_mutex, std::defer_lock);
  const auto deadline = std::chrono::steady_clock::now() + wait;
  if (!lock.try_lock_until(deadline)) return busy(repo->id);
  sys::File file =
      HUG_TRY(fs.open(repo->git->path() + "/hub.lock",
                      {.write = true, .create = true, .mode = 0600}));
  // Other processes are rare (a command beside a server), so they are polled.
  int rc = 0;
  while ((rc = fs.try_lock(file)) == EWOULDBLOCK) {
    if (std::chrono::steady_clock::now() >= deadline) return busy(repo->id);
    std::this_thread::sleep_for(kPoll);
  }
  // Without flock (some network file systems) git's own ref locks remain.
  (void)rc;
  return WriteLock(std::move(repo), std::move(lock), std::move(file));
}

Result<ListingPtr> OpenRepo::files_of(const Oid& commit) {
  std::optional<Oid> tree;
  {
    const std::lock_guard lock(trees_mutex_);
    const auto found = trees_.find(commit);
    if (found != trees_.end()) tree = found->second;
  }
  if (!tree) {
    tree = HUG_TRY(git->commit(commit)).tree;
    const std::lock_guard lock(trees_mutex_);
    if (trees_.size() >= kMaxTrees) trees_.clear();
    trees_[commit] = *tree;
  }
  return listings.get(*git, *tree);
}

std::string RepoPool::path(const std::string& id) const {
  return dir_ + "/" + id + ".git";
}

Result<OpenRepoPtr> RepoPool::open(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto known = by_id_.find(id);
  if (known != by_id_.end()) {
    recent_.splice(recent_.begin(), recent_, known->second);
    return recent_.front();
  }
  auto fresh = std::make_shared<OpenRepo>();
  fresh->id = id;
  fresh->git = HUG_TRY(GitRepo::open(path(id)));
  recent_.push_front(fresh);
  by_id_[id] = recent_.begin();
  if (recent_.size() > kMaxOpen) {
    by_id_.erase(recent_.back()->id);
    recent_.pop_back();
  }
  return fresh;
}

void RepoPool::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) return;
  recent_.erase(known->second);
  by_id_.erase(known);
}

}  // namespace hug::hub
