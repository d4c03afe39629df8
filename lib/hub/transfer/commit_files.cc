#include "transfer/commit_files.h"

#include <algorithm>
#include <array>
#include <map>

#include "api/session.h"
#include "base/strings.h"
#include "http/client/retry.h"
#include "transfer/listing.h"
#include "transfer/progress.h"

namespace hug::transfer {

namespace {

constexpr std::array<std::size_t, 11> kSteps{20,  50,  75,  100,  125, 200,
                                             250, 400, 600, 1000, 2500};
constexpr auto kSlow = std::chrono::seconds(40);

/// The ids of regular files as they go out, beside their items.
using SentIds = std::vector<std::shared_ptr<std::string>>;

std::vector<http::BodySourcePtr> make_lines(
    const Context::Parts& parts, const CommitPlace& place,
    const std::vector<CommitItem>& items,
    const std::vector<std::string>& removals, SentIds& ids) {
  api::CommitHead head{place.summary, place.description, place.parent};
  if (place.commits > 0) {
    head.summary += " (part " + std::to_string(place.commits + 1) + ")";
  }
  std::vector<http::BodySourcePtr> lines{api::head_line(head)};
  for (const auto& path : removals) {
    lines.push_back(api::delete_line(path, path.ends_with('/')));
  }
  ids.assign(items.size(), nullptr);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& item = items[i];
    if (item.large) {
      lines.push_back(
          api::large_line(item.file.path, item.oid, item.file.stamp.size));
    } else {
      ids[i] = std::make_shared<std::string>();
      lines.push_back(
          api::file_line(item.file.path, local_body(parts, item.file, ids[i])));
    }
  }
  return lines;
}

/// Git ids of the regular files: as sent, else by reading them.
Result<void> fill_ids(const Context::Parts& parts,
                      std::vector<CommitItem>& items, const SentIds& ids) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto& item = items[i];
    if (item.large || !item.oid.empty()) continue;
    if (ids[i] && !ids[i]->empty()) {
      item.oid = *ids[i];
    } else {
      item.oid = HUG_TRY(hash_local(parts, item.file, base::HashKind::kSha1));
    }
  }
  return {};
}

/// The first item that `revision` does not hold as it should; empty: all fine.
Result<std::string> find_difference(Hub& hub, const CommitPlace& place,
                                    std::string_view revision,
                                    const std::vector<CommitItem>& items,
                                    const std::vector<std::string>& removals) {
  std::vector<std::string> paths;
  for (const auto& item : items)
    paths.push_back(item.file.path);
  for (const auto& path : removals)
    paths.push_back(path);
  const auto entries = HUG_TRY(paths_info(hub, place.repo, revision, paths));
  std::map<std::string_view, const TreeEntry*> by_path;
  for (const auto& entry : entries)
    by_path[entry.path] = &entry;
  for (const auto& item : items) {
    const auto found = by_path.find(item.file.path);
    const bool right = found != by_path.end() &&
                       found->second->etag() == item.oid &&
                       found->second->size == item.file.stamp.size;
    if (!right) return item.file.path;
  }
  for (const auto& path : removals) {
    const bool added =
        std::any_of(items.begin(), items.end(),
                    [&](const auto& item) { return item.file.path == path; });
    if (!added && by_path.count(path) > 0) return path;
  }
  return std::string();
}

/// After an answer was lost: did the commit happen all the same?
Result<bool> find_lost_commit(Hub& hub, CommitPlace& place,
                              const std::vector<CommitItem>& items,
                              const std::vector<std::string>& removals) {
  if (place.create_pr || (items.empty() && removals.empty())) return false;
  const auto head = head_commit(hub, place.repo, place.revision);
  if (!head) return false;
  const auto difference = find_difference(hub, place, *head, items, removals);
  if (!difference || !difference->empty()) return false;
  place.last.commit = *head;
  place.last.url = web_url(hub, place.repo) + "/commit/" + *head;
  return true;
}

bool answer_lost(const Error& error) {
  return error.code() == Code::kNetwork || error.code() == Code::kTimeout ||
         error.http_status() >= 500;
}

/// A pull request that a commit opened is where the next ones go.
void follow_pull_request(CommitPlace& place) {
  if (!place.create_pr) return;
  const auto& url = place.last.pull_request_url;
  const auto slash = url.rfind('/');
  if (slash == url.npos) return;
  place.revision = "refs/pr/" + url.substr(slash + 1);
  place.create_pr = false;
}

Result<void> post_once(Hub& hub, CommitPlace& place,
                       std::vector<CommitItem>& items,
                       const std::vector<std::string>& removals) {
  const auto& parts = hub.parts().surroundings();
  http::Retry retry(hub.parts().client->options().retry, parts.clock,
                    parts.stop);
  for (;;) {
    SentIds ids;
    auto lines = make_lines(parts, place, items, removals, ids);
    auto answer = api::post_commit(
        hub, place.repo, {place.revision, place.create_pr}, std::move(lines));
    HUG_TRY(parts.check_stop());
    if (answer) {
      place.last = std::move(*answer);
      return fill_ids(parts, items, ids);
    }
    const auto& error = answer.error();
    const bool retry_later = error.code() == Code::kRateLimited;
    if (!retry_later && !answer_lost(error)) return error;
    HUG_TRY(fill_ids(parts, items, ids));
    if (HUG_TRY(find_lost_commit(hub, place, items, removals))) return {};
    if (place.create_pr && !retry_later) return error;
    HUG_TRY(retry.wait(error, false));
  }
}

Result<void> commit_once(Hub& hub, CommitPlace& place, BatchSize& size,
                         std::vector<CommitItem>& items,
                         const std::vector<std::string>& removals) {
  const auto& parts = hub.parts().surroundings();
  const auto start = parts.clock->now();
  HUG_TRY(post_once(hub, place, items, removals));
  follow_pull_request(place);
  ++place.commits;
  place.parent.clear();
  size.took(std::chrono::duration_cast<std::chrono::milliseconds>(
                parts.clock->now() - start),
            items.size());
  const auto difference =
      HUG_TRY(find_difference(hub, place, place.last.commit, items, removals));
  if (!difference.empty()) {
    return Error(Code::kCorrupt, "the hub committed '" + difference +
                                     "' otherwise than it was sent");
  }
  for (const auto& item : items) {
    ItemProgress(parts, item.id, item.file.path, item.file.stamp.size).done();
  }
  note(parts, "committed " + std::to_string(items.size()) + " files as " +
                  place.last.commit.substr(0, 12));
  return {};
}

}  // namespace

std::size_t BatchSize::files() const noexcept {
  return kSteps[step_];
}

void BatchSize::took(std::chrono::milliseconds time, std::size_t files) {
  if (time > kSlow) {
    (void)shrink();
  } else if (files >= kSteps[step_] && step_ + 1 < kSteps.size()) {
    ++step_;
  }
}

bool BatchSize::shrink() {
  if (step_ == 0) return false;
  --step_;
  return true;
}

Result<void> commit_batch(Hub& hub, CommitPlace& place, BatchSize& size,
                          std::vector<CommitItem> items,
                          const std::vector<std::string>& removals) {
  auto done = commit_once(hub, place, size, items, removals);
  if (done) return {};
  const bool too_much =
      answer_lost(done.error()) || done.error().code() == Code::kLimit;
  if (!too_much || items.size() <= kSteps[0] || !size.shrink()) {
    return std::move(done).error();
  }
  const auto piece =
      std::max(kSteps[0], std::min(size.files(), items.size() / 2));
  for (std::size_t at = 0; at < items.size(); at += piece) {
    const auto end = std::min(items.size(), at + piece);
    std::vector<CommitItem> part(
        std::make_move_iterator(items.begin() +
                                static_cast<std::ptrdiff_t>(at)),
        std::make_move_iterator(items.begin() +
                                static_cast<std::ptrdiff_t>(end)));
    HUG_TRY(commit_batch(hub, place, size, std::move(part),
                         at == 0 ? removals : std::vector<std::string>()));
  }
  return {};
}

}  // namespace hug::transfer
