#include "transfer/large_objects.h"

#include <algorithm>
#include <atomic>
#include <set>

#include "api/lfs.h"
#include "api/session.h"
#include "transfer/parallel.h"
#include "transfer/progress.h"

namespace hug::transfer {

namespace {

// Rounds of asking again after addresses ran out or content did not arrive.
constexpr int kRounds = 3;

/// Tells an item's progress from the count a client reports for one body,
/// which starts anew with every attempt.
class Sending {
 public:
  explicit Sending(ItemProgress& progress) : progress_(progress) {}

  void operator()(std::uint64_t sent) {
    if (sent > most_) {
      progress_.add(sent - most_);
      most_ = sent;
    }
  }

 private:
  ItemProgress& progress_;
  std::uint64_t most_ = 0;
};

Result<void> send_parts(Hub& hub, const api::LfsTask& task,
                        const LargeFile& file, unsigned workers,
                        ItemProgress& progress) {
  std::vector<std::string> etags(task.part_urls.size());
  HUG_TRY(parallel_for(etags.size(), workers, [&](auto i) -> Result<void> {
    const auto offset = task.part_size * i;
    const auto size = std::min(task.part_size, file.size - offset);
    etags[i] = HUG_TRY(api::lfs_put_part(hub, task, i, file.body(offset, size),
                                         Sending(progress)));
    return {};
  }));
  return api::lfs_complete(hub, task, etags);
}

Result<void> send_one(Hub& hub, const api::LfsTask& task, const LargeFile& file,
                      unsigned workers) {
  ItemProgress progress(hub.parts().surroundings(), file.id, file.path,
                        file.size);
  progress.start();
  progress.state("uploading");
  HUG_TRY(file.check());
  if (task.part_size > 0) {
    HUG_TRY(send_parts(hub, task, file, workers, progress));
  } else {
    HUG_TRY(
        api::lfs_put(hub, task, file.body(0, file.size), Sending(progress)));
  }
  HUG_TRY(api::lfs_verify(hub, task));
  HUG_TRY(file.check());
  progress.done();
  return {};
}

/// Signed addresses run out; a fresh one may do.
bool worth_asking_again(const Error& error) {
  return error.http_status() == 400 || error.http_status() == 403 ||
         error.http_status() == 404 || error.http_status() == 410;
}

std::vector<const LargeFile*> distinct(const std::vector<LargeFile>& files) {
  std::set<std::string_view> seen;
  std::vector<const LargeFile*> out;
  for (const auto& file : files) {
    if (seen.insert(file.sha256).second) out.push_back(&file);
  }
  return out;
}

Result<std::uint64_t> send_batch(Hub& hub, const RepoId& repo,
                                 const LargeOptions& options,
                                 const std::vector<const LargeFile*>& files) {
  std::vector<api::LfsObject> objects;
  for (const auto* file : files) {
    objects.push_back({file->sha256, file->size});
  }
  std::atomic<std::uint64_t> sent{0};
  for (int round = 1;; ++round) {
    const auto tasks =
        HUG_TRY(api::lfs_batch(hub, repo, options.revision, objects));
    auto done = parallel_for(
        tasks.size(), options.workers, [&](auto i) -> Result<void> {
          if (!tasks[i].upload) return {};
          HUG_TRY(send_one(hub, tasks[i], *files[i], options.workers));
          sent += objects[i].size;
          return {};
        });
    if (done) return sent.load();
    if (round == kRounds || !worth_asking_again(done.error())) {
      return std::move(done).error();
    }
  }
}

}  // namespace

LargeFile local_large_file(const Context::Parts& parts, const LocalFile& file,
                           std::string sha256, std::uint64_t id) {
  return {file.path,
          file.stamp.size,
          std::move(sha256),
          id,
          [&parts, &file](auto offset, auto size) {
            return local_body(parts, file, offset, size);
          },
          [&parts, &file] { return check_unchanged(*parts.fs, file); }};
}

Result<std::uint64_t> send_large_files(Hub& hub, const RepoId& repo,
                                       const LargeOptions& options,
                                       const std::vector<LargeFile>& files) {
  const auto all = distinct(files);
  std::uint64_t sent = 0;
  for (std::size_t at = 0; at < all.size(); at += api::kLfsBatch) {
    const auto end = std::min(all.size(), at + api::kLfsBatch);
    const std::vector<const LargeFile*> batch(
        all.begin() + static_cast<std::ptrdiff_t>(at),
        all.begin() + static_cast<std::ptrdiff_t>(end));
    sent += HUG_TRY(send_batch(hub, repo, options, batch));
  }
  return sent;
}

}  // namespace hug::transfer
