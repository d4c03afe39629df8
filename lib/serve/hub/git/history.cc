#include "hub/git/history.h"

#include <algorithm>
#include <queue>
#include <unordered_set>

#include "hub/git/tree.h"

namespace hug::hub {
namespace {

constexpr std::size_t kMaxCommits = 1'000'000;
constexpr std::size_t kMaxCached = 4;
constexpr std::size_t kMaxWalk = 20'000;

Result<std::vector<Oid>> walk(const GitRepo& repo, const Oid& head) {
  struct Pending {
    std::string date;
    std::size_t order = 0;  // of discovery: parents come after children
    GitCommit commit;
  };

  const auto later = [](const Pending& a, const Pending& b) {
    return a.date != b.date ? a.date < b.date : a.order > b.order;
  };
  std::priority_queue<Pending, std::vector<Pending>, decltype(later)> queue(
      later);
  std::unordered_set<Oid, OidHash> seen{head};
  std::vector<Oid> out;
  std::size_t order = 0;
  const auto add = [&](const Oid& oid) -> Result<void> {
    GitCommit commit = HUG_TRY(repo.commit(oid));
    std::string date = commit.date;
    queue.push({std::move(date), order++, std::move(commit)});
    return {};
  };
  HUG_TRY(add(head));
  while (!queue.empty() && out.size() < kMaxCommits) {
    const GitCommit commit = queue.top().commit;
    queue.pop();
    out.push_back(commit.id);
    for (const Oid& parent : commit.parents) {
      if (seen.insert(parent).second) HUG_TRY(add(parent));
    }
  }
  return out;
}

}  // namespace

Result<CommitList> HistoryCache::get(const GitRepo& repo, const Oid& head) {
  const GitCommit commit = HUG_TRY(repo.commit(head));
  CommitList before;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [oid, list] : recent_) {
      if (oid == head) return list;
      if (commit.parents.size() == 1 && oid == commit.parents[0]) before = list;
    }
  }
  auto out = std::make_shared<std::vector<Oid>>();
  if (before) {
    // One commit on top of a history that is known.
    out->push_back(head);
    out->insert(out->end(), before->begin(), before->end());
  } else {
    *out = HUG_TRY(walk(repo, head));
  }
  const std::lock_guard lock(mutex_);
  recent_.emplace_front(head, out);
  if (recent_.size() > kMaxCached) recent_.pop_back();
  return CommitList(out);
}

Result<std::vector<GitCommit>> last_commits(
    const GitRepo& repo, const Oid& head,
    const std::vector<std::string>& paths) {
  std::vector<GitCommit> out(paths.size());
  std::vector<std::size_t> open(paths.size());
  for (std::size_t i = 0; i < open.size(); ++i)
    open[i] = i;
  GitCommit commit = HUG_TRY(repo.commit(head));
  auto editor = std::make_unique<TreeEditor>(repo, commit.tree);
  for (std::size_t n = 0; !open.empty(); ++n) {
    const bool oldest = commit.parents.empty() || n >= kMaxWalk;
    GitCommit parent;
    std::unique_ptr<TreeEditor> before;
    if (!oldest) {
      parent = HUG_TRY(repo.commit(commit.parents.front()));
      if (parent.tree == commit.tree) {
        commit = std::move(parent);
        continue;
      }
      before = std::make_unique<TreeEditor>(repo, parent.tree);
    }
    std::vector<std::size_t> still_open;
    for (const std::size_t i : open) {
      const auto now = HUG_TRY(editor->find(paths[i]));
      std::optional<TreeItem> then;
      if (before) then = HUG_TRY(before->find(paths[i]));
      const bool same = now && then && now->oid == then->oid;
      if (oldest || !same) {
        out[i] = commit;
      } else {
        still_open.push_back(i);
      }
    }
    open = std::move(still_open);
    if (oldest) break;
    commit = std::move(parent);
    editor = std::move(before);
  }
  return out;
}

}  // namespace hug::hub
