// Uploads, from the files to the last commit. While one batch is committed the
// next one is asked about, hashed and sent.
#include "hug/upload.h"

#include <algorithm>
#include <future>
#include <map>
#include <optional>
#include <utility>

#include "api/address.h"
#include "api/preupload.h"
#include "api/session.h"
#include "sys/paths.h"
#include "transfer/commit_files.h"
#include "transfer/large_objects.h"
#include "transfer/listing.h"
#include "transfer/progress.h"
#include "transfer/upload_plan.h"

namespace hug {

namespace transfer {
namespace {

constexpr std::uint64_t kMostCardBytes = 16U << 20;

/// One commit at a time, beside the preparation of the next.
class Committer {
 public:
  Committer(Hub& hub, CommitPlace place)
      : hub_(hub), place_(std::move(place)) {}

  ~Committer() {
    if (running_.valid()) running_.wait();
  }

  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Waits for the commit before, then starts this one.
  Result<void> start(std::vector<CommitItem> items,
                     std::vector<std::string> removals) {
    HUG_TRY(finish());
    running_ = std::async(
        std::launch::async, [this, items = std::move(items),
                             removals = std::move(removals)]() mutable {
          return commit_batch(hub_, place_, size_, std::move(items), removals);
        });
    return {};
  }

  Result<void> finish() {
    if (!running_.valid()) return {};
    return running_.get();
  }

  /// Of the batch to come; waits for nothing.
  std::size_t wanted_files() const noexcept { return first_size_; }

  /// Only between finish() and start().
  CommitPlace& place() noexcept { return place_; }

  void learn_size() noexcept { first_size_ = size_.files(); }

 private:
  Hub& hub_;
  CommitPlace place_;
  BatchSize size_ = {};
  std::size_t first_size_ = BatchSize().files();
  std::future<Result<void>> running_ = {};
};

/// One upload from its files to its result.
class Upload {
 public:
  Upload(Hub& hub, PreparedUpload prepared)
      : hub_(hub),
        parts_(hub.parts().surroundings()),
        upload_(std::move(prepared)),
        hashes_(parts_, upload_.request.local_path) {}

  Result<UploadResult> run() {
    announce();
    HUG_TRY(make_place());
    HUG_TRY(check_card());
    removals_ = HUG_TRY(find_removals(hub_, upload_));
    Committer committer(hub_, place());
    Questions questions(hub_, upload_);
    while (auto answer = questions.next()) {
      const auto asked = HUG_TRY(std::move(*answer));
      for (const auto& file :
           HUG_TRY(classify(hub_, upload_, hashes_, asked))) {
        take(file);
      }
      while (batch_is_full(committer))
        HUG_TRY(flush(committer));
    }
    if (!pending_.empty() || !removals_.empty()) HUG_TRY(flush(committer));
    HUG_TRY(committer.finish());
    return finish(committer.place());
  }

 private:
  void announce() const {
    parts_.emit({.kind = Event::Kind::kPlan,
                 .total = upload_.total_bytes,
                 .items = upload_.files.size()});
  }

  CommitPlace place() const {
    const auto& request = upload_.request;
    return {request.repo,
            request.revision.empty() ? std::string("main") : request.revision,
            request.create_pr,
            request.parent_commit,
            request.message,
            request.description};
  }

  /// The repository and the branch, where they may be missing.
  Result<void> make_place() {
    auto& request = upload_.request;
    if (!request.create_repo) return {};
    auto options = request.repo_options;
    options.exist_ok = true;
    if (request.repo.type == RepoType::kSpace && options.sdk.empty()) {
      options.sdk = "gradio";
    }
    const auto made = HUG_TRY(hug::create_repo(hub_, request.repo, options));
    request.repo = made.id;
    if (request.revision.empty() || request.create_pr) return {};
    if (request.revision.starts_with("refs/")) return {};
    if (HUG_TRY(hug::repo_exists(hub_, request.repo, request.revision))) {
      return {};
    }
    return hug::create_branch(hub_, request.repo, request.revision, {}, true);
  }

  Result<void> check_card() const {
    for (const auto& file : upload_.files) {
      if (file.path != "README.md" || file.stamp.size > kMostCardBytes) {
        continue;
      }
      const auto text =
          HUG_TRY(parts_.fs->read_file(file.local_path(), kMostCardBytes));
      for (const auto& warning :
           HUG_TRY(api::validate_card(hub_, upload_.request.repo.type, text))) {
        warn(parts_, warning);
      }
    }
    return {};
  }

  void take(const ClassifiedFile& file) {
    ++result_.files;
    if (file.ignored) {
      ++result_.ignored;
    } else if (file.unchanged) {
      ++result_.unchanged;
    } else {
      if (!file.item.large) pending_bytes_ += file.item.file.stamp.size;
      pending_.push_back(file.item);
      return;
    }
    ItemProgress(parts_, file.item.id, file.item.file.path,
                 file.item.file.stamp.size)
        .done();
  }

  bool batch_is_full(const Committer& committer) const {
    return pending_.size() >= committer.wanted_files() ||
           pending_bytes_ >= BatchSize::kBytes;
  }

  /// How many pending files the next commit takes.
  std::size_t batch_count(std::size_t most) const {
    std::uint64_t bytes = 0;
    std::size_t count = 0;
    for (const auto& item : pending_) {
      if (count == most) break;
      if (!item.large) bytes += item.file.stamp.size;
      if (count > 0 && bytes > BatchSize::kBytes) break;
      ++count;
    }
    return count;
  }

  Result<void> send_large(const std::vector<CommitItem>& items) {
    std::vector<LargeFile> large;
    for (const auto& item : items) {
      if (!item.large) continue;
      large.push_back(local_large_file(parts_, item.file, item.oid, item.id));
    }
    if (large.empty()) return {};
    const auto& request = upload_.request;
    const auto revision =
        request.revision.empty() ? std::string("main") : request.revision;
    result_.sent_bytes += HUG_TRY(send_large_files(
        hub_, request.repo,
        {request.create_pr ? std::string() : revision, request.workers},
        large));
    return {};
  }

  Result<void> flush(Committer& committer) {
    const auto count = batch_count(committer.wanted_files());
    const auto end = pending_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<CommitItem> items(std::make_move_iterator(pending_.begin()),
                                  std::make_move_iterator(end));
    pending_.erase(pending_.begin(), end);
    for (const auto& item : items) {
      if (item.large) continue;
      pending_bytes_ -= item.file.stamp.size;
      result_.sent_bytes += item.file.stamp.size;
    }
    HUG_TRY(send_large(items));
    result_.removed += removals_.size();
    HUG_TRY(committer.finish());
    committer.learn_size();
    return committer.start(std::move(items), std::exchange(removals_, {}));
  }

  Result<UploadResult> finish(const CommitPlace& place) {
    const auto& request = upload_.request;
    result_.repo = request.repo;
    result_.commits = place.commits;
    result_.commit = place.last.commit;
    result_.commit_url = place.last.url;
    result_.pull_request_url = place.last.pull_request_url;
    if (place.commits == 0) {
      note(parts_, "nothing has changed since the last commit");
      result_.commit = HUG_TRY(head_commit(hub_, request.repo, place.revision));
      result_.commit_url =
          web_url(hub_, request.repo) + "/commit/" + result_.commit;
    }
    result_.url = result_.commit_url;
    parts_.emit({.kind = Event::Kind::kFinish,
                 .done = upload_.total_bytes,
                 .total = upload_.total_bytes,
                 .items = upload_.files.size()});
    return std::move(result_);
  }

  Hub& hub_;
  const Context::Parts& parts_;
  PreparedUpload upload_;
  HashCache hashes_;
  std::vector<std::string> removals_ = {};
  std::vector<CommitItem> pending_ = {};
  std::uint64_t pending_bytes_ = 0;
  UploadResult result_ = {};
};

}  // namespace
}  // namespace transfer

Result<UploadResult> upload(Hub& hub, const UploadRequest& request) {
  auto prepared =
      HUG_TRY(transfer::prepare_upload(hub.parts().surroundings(), request));
  return transfer::Upload(hub, std::move(prepared)).run();
}

}  // namespace hug
