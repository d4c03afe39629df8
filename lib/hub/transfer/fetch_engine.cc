#include "transfer/fetch_engine.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "api/session.h"
#include "transfer/digest.h"
#include "transfer/large_fetch.h"
#include "transfer/parallel.h"
#include "transfer/progress.h"
#include "transfer/range_fetch.h"
#include "transfer/write_gather.h"

namespace hug::transfer {

namespace {

// Up to here a file is held in memory until it is verified.
constexpr std::uint64_t kSmall = 256 * 1024;
// Beyond, a file comes in several ranges.
constexpr std::uint64_t kLarge = 8U << 20;
// Small files share one sync of the file system.
constexpr std::size_t kBatchFiles = 512;
constexpr std::uint64_t kBatchBytes = 32U << 20;
// Of files in between, this much is written at once.
constexpr std::size_t kWriteAtOnce = 256 * 1024;
constexpr int kAttempts = 2;  // at content that arrives damaged
// How often a worker without work asks whether it can help with a large file.
constexpr std::chrono::milliseconds kPatience{25};

Error damaged(const RemoteFile& file) {
  return Error(Code::kCorrupt, "'" + file.path +
                                   "' arrives damaged: its digest is not " +
                                   file.etag.substr(0, 12))
      .hint("try again later, or from another network");
}

/// Small files that are written but have no name yet.
class Batch {
 public:
  Batch(Context::Parts& parts, Place& place, const FetchList& list)
      : parts_(parts), place_(place), list_(list) {}

  ~Batch() {
    for (const auto& entry : waiting_) {
      (void)parts_.fs->remove_if_present(entry.slot.temporary);
    }
  }

  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  Result<void> add(const FetchJob& job, FileSlot slot) {
    bytes_ += job.file.size;
    waiting_.push_back({job.item, std::move(slot)});
    if (waiting_.size() < kBatchFiles && bytes_ < kBatchBytes) return {};
    return publish();
  }

  /// Syncs once, then names everything.
  Result<void> publish() {
    if (waiting_.empty()) return {};
    HUG_TRY(parts_.fs->sync_file_system(place_.anchor()));
    for (auto& entry : waiting_) {
      HUG_TRY(parts_.fs->rename(entry.slot.temporary, entry.slot.target));
      const auto job = list_.job(entry.item);
      HUG_TRY(place_.finish(job));
      ItemProgress(parts_, job.item + 1, job.file.path, job.file.size).done();
    }
    waiting_.clear();
    bytes_ = 0;
    return {};
  }

 private:
  struct Entry {
    std::size_t item;
    FileSlot slot;
  };

  Context::Parts& parts_;
  Place& place_;
  const FetchList& list_;
  std::vector<Entry> waiting_ = {};
  std::uint64_t bytes_ = 0;
};

/// What is to be done next, for all workers.
class Queue {
 public:
  explicit Queue(const FetchList& list) : list_(list) {}

  /// Neither a file nor a range: what is under way may need help later.
  struct Task {
    std::optional<FetchJob> job = {};  ///< a file to begin with
    std::shared_ptr<LargeFetch> large = {};
    sys::ByteRange range = {};
  };

  /// A range of a file that has begun, else the next file.
  std::optional<Task> next() {
    const std::lock_guard lock(mutex_);
    if (stopped_) return std::nullopt;
    for (const auto& large : active_) {
      if (const auto range = large->take_part()) {
        return Task{{}, large, *range};
      }
    }
    if (next_ < list_.items.size()) {
      return Task{list_.job(list_.items[next_++]), {}, {}};
    }
    const bool more =
        std::any_of(active_.begin(), active_.end(),
                    [](const auto& large) { return large->wants_more(); });
    return more ? std::optional<Task>(Task{}) : std::nullopt;
  }

  /// Until a file that is under way may need help.
  void wait() {
    std::unique_lock lock(mutex_);
    if (!stopped_) changed_.wait_for(lock, kPatience);
  }

  void begin(std::shared_ptr<LargeFetch> large) {
    const std::lock_guard lock(mutex_);
    active_.push_back(std::move(large));
  }

  void end(const std::shared_ptr<LargeFetch>& large) {
    const std::lock_guard lock(mutex_);
    active_.remove(large);
    changed_.notify_all();
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  const FetchList& list_;
  std::size_t next_ = 0;
  std::list<std::shared_ptr<LargeFetch>> active_;
  bool stopped_ = false;
};

/// One connection's work.
class Worker {
 public:
  Worker(Hub& hub, Place& place, const FetchList& list, Queue& queue,
         const FetchLimits& limits, std::atomic<std::uint64_t>& fetched)
      : hub_(hub),
        parts_(hub.parts().surroundings()),
        place_(place),
        queue_(queue),
        limits_(limits),
        fetched_(fetched),
        batch_(parts_, place, list) {}

  Result<void> run() {
    while (auto task = queue_.next()) {
      HUG_TRY(parts_.check_stop());
      HUG_TRY(work_on(std::move(*task)));
    }
    return batch_.publish();
  }

 private:
  Result<void> work_on(Queue::Task task) {
    if (task.job) return begin(std::move(*task.job));
    if (task.large) return fetch_part(task.large, task.range);
    HUG_TRY(batch_.publish());
    queue_.wait();
    return {};
  }

  Result<void> begin(FetchJob job) {
    if (job.file.size > kLarge) return begin_large(std::move(job));
    if (job.file.size > kSmall) return fetch_medium(job);
    return fetch_small(job);
  }

  Result<void> begin_large(FetchJob job) {
    const auto size = job.file.size;
    auto large = HUG_TRY(LargeFetch::open(hub_, place_, job, limits_.streams));
    if (large->already_there()) return place_.finish(job);
    fetched_ += size;
    const auto range = large->take_part();
    if (!range) return large->finish();
    queue_.begin(large);
    return fetch_part(large, *range);
  }

  Result<void> fetch_part(const std::shared_ptr<LargeFetch>& large,
                          sys::ByteRange range) {
    auto done = large->fetch_part(range);
    if (!done) {
      large->part_failed();
      queue_.end(large);
      return done;
    }
    if (!large->part_done()) return {};
    queue_.end(large);
    return large->finish();
  }

  Result<void> fetch_small(const FetchJob& job) {
    auto slot = HUG_TRY(place_.slot(job));
    std::string content;
    RangeFetch fetch(hub_, job.file);
    for (int attempt = 1;; ++attempt) {
      content.clear();
      content.reserve(static_cast<std::size_t>(job.file.size));
      HUG_TRY(fetch.fetch(
          {0, job.file.size}, [&](auto, auto bytes) -> Result<void> {
            content.append(reinterpret_cast<const char*>(bytes.data()),
                           bytes.size());
            return {};
          }));
      auto hasher = hasher_for(job.file.etag, job.file.size);
      hasher.update(content);
      if (keeps_promise(job.file.etag, hasher.finish())) break;
      if (attempt == kAttempts) return damaged(job.file);
      fetch.restart();
    }
    auto file = HUG_TRY(parts_.fs->open(slot.temporary, new_file()));
    auto written = write(std::move(file), content);
    if (!written) {
      (void)parts_.fs->remove_if_present(slot.temporary);
      return written;
    }
    fetched_ += content.size();
    return batch_.add(job, std::move(slot));
  }

  Result<void> write(sys::File file, const std::string& content) {
    HUG_TRY(parts_.fs->write_all(file, content));
    return parts_.fs->close(std::move(file));
  }

  static sys::OpenOptions new_file() {
    return {.write = true,
            .create = true,
            .exclusive = true,
            .no_follow = true,
            .mode = 0666};
  }

  /// In one go, hashed as it comes.
  Result<void> fetch_medium(const FetchJob& job) {
    auto slot = HUG_TRY(place_.slot(job));
    auto lock = HUG_TRY(place_.lock(job));
    if (!job.force && place_.present(job)) return place_.finish(job);
    ItemProgress progress(parts_, job.item + 1, job.file.path, job.file.size);
    progress.start();
    auto done = stream(job, slot, progress);
    if (!done) {
      (void)parts_.fs->remove_if_present(slot.temporary);
      if (done.error().code() != Code::kCancelled) {
        progress.failed(done.error());
      }
      return done;
    }
    HUG_TRY(place_.finish(job));
    progress.done();
    fetched_ += job.file.size;
    return {};
  }

  Result<void> stream(const FetchJob& job, const FileSlot& slot,
                      ItemProgress& progress) {
    auto file = HUG_TRY(parts_.fs->open(slot.temporary, new_file()));
    RangeFetch fetch(hub_, job.file);
    for (int attempt = 1;; ++attempt) {
      auto hasher = hasher_for(job.file.etag, job.file.size);
      WriteGather gather(kWriteAtOnce, [&](std::uint64_t at, auto bytes) {
        hasher.update(bytes);
        return parts_.fs->write_at(file, at, bytes);
      });
      HUG_TRY(fetch.fetch(
          {0, job.file.size},
          [&](auto at, auto bytes) -> Result<void> {
            progress.add(bytes.size());
            return gather.add(at, bytes);
          },
          [&](const auto& error) { progress.retry(error); }));
      HUG_TRY(gather.flush());
      if (keeps_promise(job.file.etag, hasher.finish())) break;
      if (attempt == kAttempts) return damaged(job.file);
      fetch.restart();
      progress.reset();
    }
    HUG_TRY(parts_.fs->sync_data(file));
    HUG_TRY(parts_.fs->close(std::move(file)));
    return parts_.fs->rename(slot.temporary, slot.target);
  }

  Hub& hub_;
  Context::Parts& parts_;
  Place& place_;
  Queue& queue_;
  const FetchLimits& limits_;
  std::atomic<std::uint64_t>& fetched_;
  Batch batch_;
};

}  // namespace

FetchJob FetchList::job(std::size_t item) const {
  const auto& wanted = plan.items[item];
  return {{plan.repo, plan.commit, wanted.path, wanted.size, wanted.etag},
          item,
          force};
}

Result<std::uint64_t> fetch_all(Hub& hub, Place& place, const FetchList& list,
                                const FetchLimits& limits) {
  if (list.items.empty()) return std::uint64_t{0};
  const bool any_large = std::any_of(
      list.items.begin(), list.items.end(),
      [&](auto item) { return list.plan.items[item].size > kLarge; });
  std::size_t threads = std::max(limits.workers, 1U);
  if (!any_large) threads = std::min(threads, list.items.size());
  threads = std::min<std::size_t>(threads, hub.parts().options.connections);
  Queue queue(list);
  std::atomic<std::uint64_t> fetched{0};
  HUG_TRY(parallel_for(threads, threads, [&](std::size_t) -> Result<void> {
    auto done = Worker(hub, place, list, queue, limits, fetched).run();
    if (!done) queue.stop();
    return done;
  }));
  return fetched.load();
}

}  // namespace hug::transfer
