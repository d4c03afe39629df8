// Downloads: what has to come is fetched, what is here gets its name.
#include "hug/download.h"

#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "api/session.h"
#include "base/strings.h"
#include "sys/paths.h"
#include "transfer/digest.h"
#include "transfer/download_plan.h"
#include "transfer/fetch_engine.h"
#include "transfer/places.h"
#include "transfer/progress.h"

namespace hug {

namespace transfer {
namespace {

class Download {
 public:
  explicit Download(const OpenDownload& work)
      : work_(work),
        hub_(work.hub),
        parts_(work.parts),
        request_(work.request),
        repo_(*work.repo),
        folder_(work.folder.get()) {}

  Result<DownloadResult> run() {
    const auto before = hub_.requests();
    plan_ = HUG_TRY(plan_download(work_, false));
    for (const auto& text : plan_.warnings)
      warn(parts_, text);
    announce();
    HUG_TRY(check_space());
    auto place = HUG_TRY(make_place());
    DownloadResult result;
    const auto wanted = HUG_TRY(choose_wanted());
    if (!wanted.items.empty()) {
      result.fetched_bytes = HUG_TRY(fetch_all(
          hub_, *place, wanted, {request_.workers, request_.streams}));
    }
    HUG_TRY(finish_reused());
    // As the Python client does: one file in a folder leaves no trace
    // elsewhere.
    const bool remembered = !(folder_ && plan_.single_file);
    if (remembered && plan_.revision != plan_.commit && !plan_.from_cache) {
      HUG_TRY(repo_.write_ref(plan_.revision, plan_.commit));
    }
    result.path =
        plan_.single_file ? plan_.local_path(plan_.items.at(0)) : plan_.root;
    result.commit = plan_.commit;
    result.requests = hub_.requests() - before;
    parts_.emit({.kind = Event::Kind::kFinish,
                 .done = plan_.total_bytes,
                 .total = plan_.total_bytes,
                 .items = plan_.items.size(),
                 .reused = plan_.total_bytes - plan_.fetch_bytes});
    result.plan = std::move(plan_);
    return result;
  }

 private:
  void announce() const {
    parts_.emit({.kind = Event::Kind::kPlan,
                 .total = plan_.total_bytes,
                 .items = plan_.items.size(),
                 .reused = plan_.total_bytes - plan_.fetch_bytes});
  }

  Result<void> check_space() const {
    if (plan_.fetch_bytes == 0) return {};
    const auto root = folder_ ? folder_->path() : repo_.settings().root;
    auto at = root;
    while (!at.empty() && at != "/" && !parts_.fs->exists(at)) {
      at = sys::At(at).parent().path();
    }
    const auto space = parts_.fs->space(at);
    if (!space || space->available >= plan_.fetch_bytes) return {};
    return Error(Code::kNoSpace,
                 "'" + root + "' has " + base::format_bytes(space->available) +
                     " free, " + base::format_bytes(plan_.fetch_bytes) +
                     " are needed")
        .hint("free space, or choose another folder");
  }

  Result<std::unique_ptr<Place>> make_place() {
    if (plan_.fetch_items == 0) return std::unique_ptr<Place>();
    if (folder_) return make_local_place(parts_, *folder_);
    return make_cache_place(parts_, repo_);
  }

  /// One item for each content; further names of it are linked afterwards.
  Result<FetchList> choose_wanted() {
    FetchList wanted{plan_, {}, request_.force};
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < plan_.items.size(); ++i) {
      const auto& item = plan_.items[i];
      if (!item.will_download) {
        reused_.push_back(i);
      } else if (folder_) {
        if (HUG_TRY(taken_over(item))) {
          done(i);
        } else {
          wanted.items.push_back(i);
        }
      } else if (!is_digest(item.etag) || seen.insert(item.etag).second) {
        wanted.items.push_back(i);
      } else {
        reused_.push_back(i);
      }
    }
    return wanted;
  }

  void done(std::size_t index) const {
    const auto& item = plan_.items[index];
    ItemProgress(parts_, index + 1, item.path, item.size).done();
  }

  /// Content for a folder that is on this machine already: in the folder
  /// itself (without metadata), or in the cache.
  Result<bool> taken_over(const DownloadItem& item) {
    if (request_.force) return false;
    const auto path = plan_.local_path(item);
    if (folder_->is_blocked(item.path)) {
      return Error(Code::kConflict,
                   "'" + path + "' is there and is no plain file");
    }
    if (folder_->find_file(item.path) == item.size &&
        HUG_TRY(has_content(path, item))) {
      HUG_TRY(folder_->write_metadata(item.path, plan_.commit, item.etag));
      return true;
    }
    const auto found = repo_.find_file(plan_.commit, item.path);
    const bool cached = found.state == cache::Lookup::State::kFile &&
                        has_size(parts_, found.path, item.size);
    if (!cached) return false;
    HUG_TRY(folder_->copy_in(found.path, item.path, plan_.commit, item.etag));
    return true;
  }

  Result<bool> has_content(const std::string& path,
                           const DownloadItem& item) const {
    if (!is_digest(item.etag)) return false;
    const auto file = HUG_TRY(parts_.fs->open(path, {.no_follow = true}));
    return HUG_TRY(cache::file_digest(*parts_.fs, file, item.etag, [&](auto) {
             return parts_.check_stop();
           })) == item.etag;
  }

  /// Links and metadata of what did not have to be fetched.
  Result<void> finish_reused() {
    for (const auto index : reused_) {
      const auto& item = plan_.items[index];
      if (item.etag.empty()) continue;
      if (folder_) {
        const auto metadata = folder_->find_metadata(item.path);
        if (metadata && metadata->commit == plan_.commit) continue;
        HUG_TRY(folder_->write_metadata(item.path, plan_.commit, item.etag));
      } else if (!has_size(parts_, plan_.local_path(item), item.size)) {
        HUG_TRY(repo_.link_file(item.etag, plan_.commit, item.path));
      }
    }
    return {};
  }

  const OpenDownload& work_;
  Hub& hub_;
  const Context::Parts& parts_;
  const DownloadRequest& request_;
  cache::RepoCache& repo_;
  cache::LocalDir* folder_;
  DownloadPlan plan_ = {};
  std::vector<std::size_t> reused_ = {};
};

}  // namespace
}  // namespace transfer

Result<DownloadPlan> plan_download(Hub& hub, const DownloadRequest& request) {
  const auto work = HUG_TRY(transfer::open_download(hub, request));
  return transfer::plan_download(work, true);
}

Result<DownloadResult> download(Hub& hub, const DownloadRequest& request) {
  const auto work = HUG_TRY(transfer::open_download(hub, request));
  return transfer::Download(work).run();
}

}  // namespace hug
