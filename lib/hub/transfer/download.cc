// Downloads: what is wanted, what is here, what has to come; then the engine.
#include "hug/download.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "api/address.h"
#include "api/session.h"
#include "base/strings.h"
#include "cache/cache.h"
#include "hug/target.h"
#include "sys/paths.h"
#include "transfer/digest.h"
#include "transfer/fetch_engine.h"
#include "transfer/listing.h"
#include "transfer/places.h"
#include "transfer/progress.h"
#include "transfer/select.h"

namespace hug {

namespace transfer {
namespace {

// Smaller files leave nothing behind that could be resumed.
constexpr std::uint64_t kResumable = 8U << 20;

/// Everything a download looks at, planned or done.
class Download {
 public:
  static Result<Download> open(Hub& hub, DownloadRequest request) {
    const auto& parts = hub.parts().surroundings();
    if (!request.local_dir.empty() && !request.cache_dir.empty()) {
      return Error(Code::kUsage,
                   "files go either to a folder or to a cache, not to both");
    }
    if (request.revision.empty()) request.revision = "main";
    HUG_TRY(sys::check_revision(request.revision));
    if (request.force && (request.local_only || hub.offline())) {
      return Error(Code::kUsage,
                   "nothing can be fetched again without asking the hub");
    }
    auto settings =
        HUG_TRY(cache::cache_settings(parts.env, request.cache_dir));
    Download self(hub, std::move(request));
    self.repo_ =
        std::make_unique<cache::RepoCache>(HUG_TRY(cache::RepoCache::open(
            parts.fs, parts.clock, std::move(settings), self.request_.repo)));
    if (!self.request_.local_dir.empty()) {
      const auto path =
          sys::real_path(sys::expand_path(parts.env, self.request_.local_dir));
      self.folder_ =
          std::make_unique<cache::LocalDir>(parts.fs, parts.clock, path);
    }
    return self;
  }

  Result<DownloadPlan> plan() && {
    HUG_TRY(make_plan());
    return std::move(plan_);
  }

  Result<void> make_plan() {
    plan_.repo = request_.repo;
    plan_.revision = request_.revision;
    plan_.single_file = request_.files.size() == 1 && request_.quant.empty() &&
                        !is_pattern(request_.files[0]) &&
                        !request_.files[0].ends_with('/');
    if (plan_.single_file) {
      HUG_TRY(plan_single());
    } else {
      HUG_TRY(plan_many());
    }
    plan_.root = folder_ ? folder_->path() : repo_->snapshot_path(plan_.commit);
    return check_plan();
  }

  Result<DownloadResult> run() {
    const auto before = hub_.requests();
    running_ = true;
    HUG_TRY(make_plan());
    for (const auto& text : plan_.warnings)
      warn(parts_, text);
    announce();
    HUG_TRY(check_space());
    auto place = HUG_TRY(make_place());
    DownloadResult result;
    auto jobs = HUG_TRY(make_jobs());
    if (!jobs.empty()) {
      result.fetched_bytes = HUG_TRY(fetch_all(
          hub_, *place, std::move(jobs), {request_.workers, request_.streams}));
    }
    HUG_TRY(finish_reused());
    if (plan_.revision != plan_.commit && !plan_.from_cache) {
      HUG_TRY(repo_->write_ref(plan_.revision, plan_.commit));
    }
    result.path = plan_.single_file ? plan_.items.at(0).local_path : plan_.root;
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
  Download(Hub& hub, DownloadRequest request)
      : hub_(hub),
        parts_(hub.parts().surroundings()),
        request_(std::move(request)) {}

  Shelves shelves() const { return {repo_.get(), folder_.get(), !running_}; }

  bool must_not_ask() const { return request_.local_only || hub_.offline(); }

  // ------------------------------------------------------------- planning

  Result<void> plan_single() {
    const auto name = HUG_TRY(sys::check_file_name(request_.files[0]));
    const bool pinned = cache::is_commit(request_.revision);
    if (pinned && !request_.force) {
      if (HUG_TRY(plan_known(request_.revision, name))) return {};
    }
    if (must_not_ask()) return plan_cached_file(name);
    auto head =
        ask_for_file(hub_, *repo_, request_.repo, request_.revision, name);
    if (!head) {
      if (!hub_unreachable(head.error()) || request_.force) {
        return std::move(head).error();
      }
      if (!plan_cached_file(name)) return std::move(head).error();
      plan_.warnings.push_back("the hub could not be asked (" +
                               head.error().message() +
                               "); the cached file is used");
      return {};
    }
    if (!*head) return plan_listed(name);
    plan_.commit = (*head)->commit;
    add_item((*head)->file);
    return {};
  }

  /// From a listing and the file itself, without asking; false: cannot.
  Result<bool> plan_known(const std::string& commit, const std::string& name) {
    const auto files = shelves().find(commit);
    if (files) {
      for (const auto& file : *files) {
        if (file.path != name) continue;
        plan_.commit = commit;
        plan_.from_cache = true;
        add_item(file);
        return true;
      }
    }
    if (folder_) return false;
    return plan_lookup(repo_->find_file(commit, name), name);
  }

  bool plan_lookup(const cache::Lookup& found, const std::string& name) {
    if (found.state != cache::Lookup::State::kFile) return false;
    DownloadItem item;
    item.path = name;
    item.local_path = found.path;
    item.commit = found.commit;
    item.cached = true;
    const auto info = parts_.fs->find_info(found.path);
    if (info && *info) item.size = (*info)->size;
    plan_.commit = found.commit;
    plan_.from_cache = true;
    plan_.total_bytes += item.size;
    plan_.items.push_back(std::move(item));
    return true;
  }

  Result<void> plan_cached_file(const std::string& name) {
    const auto what = "'" + name + "' of " + api::describe(request_.repo);
    const auto commit = repo_->find_commit(request_.revision);
    if (commit && HUG_TRY(plan_known(*commit, name)) &&
        plan_.items.at(0).cached) {
      return {};
    }
    return offline_error(hub_, request_.repo, what);
  }

  /// A hub whose HEAD says too little: the listing does.
  Result<void> plan_listed(const std::string& name) {
    const auto listing = HUG_TRY(list_revision(hub_, shelves(), request_.repo,
                                               request_.revision, false));
    plan_.commit = listing.commit;
    for (const auto& file : listing.files) {
      if (file.path != name) continue;
      add_item(file);
      return {};
    }
    return missing_file(name);
  }

  Error missing_file(const std::string& name) const {
    return Error(Code::kNotFound, "no file '" + name + "' in " +
                                      api::describe(request_.repo) + " at '" +
                                      request_.revision + "'");
  }

  Result<void> plan_many() {
    auto listing =
        HUG_TRY(list_revision(hub_, shelves(), request_.repo, request_.revision,
                              request_.local_only));
    plan_.commit = listing.commit;
    plan_.from_cache = listing.from_cache;
    if (!listing.warning.empty()) {
      plan_.warnings.push_back(listing.warning);
      plan_.from_cache = true;
    }
    if (!listing.known) return plan_unlisted();
    plan_.repo_items = listing.files.size();
    for (const auto& name : request_.files) {
      if (is_pattern(name) || name.ends_with('/')) continue;
      const bool there =
          std::any_of(listing.files.begin(), listing.files.end(),
                      [&](const auto& file) { return file.path == name; });
      if (!there) return missing_file(name);
    }
    const auto wanted = HUG_TRY(choose(listing.files));
    if (wanted.empty() && !listing.files.empty()) {
      plan_.warnings.push_back("no file matches the patterns");
    }
    plan_.items.reserve(wanted.size());
    for (const auto* file : wanted) {
      HUG_TRY(check_listed_name(file->path));
      add_item(*file);
    }
    return {};
  }

  Result<std::vector<const cache::TreeFile*>> choose(
      const std::vector<cache::TreeFile>& files) const {
    std::vector<const cache::TreeFile*> wanted;
    if (!request_.quant.empty()) {
      std::vector<NamedFile> names;
      for (const auto& file : files) {
        names.push_back({file.path, file.real_size()});
      }
      const auto choice = HUG_TRY(choose_gguf(names, request_.quant));
      std::set<std::string_view> chosen(choice.files.begin(),
                                        choice.files.end());
      if (!choice.projector.empty()) chosen.insert(choice.projector);
      for (const auto& file : files) {
        if (chosen.count(file.path) > 0) wanted.push_back(&file);
      }
      return wanted;
    }
    auto include = request_.files;
    if (include.empty()) include = request_.include;
    const Selection selection(include, request_.exclude);
    for (const auto& file : files) {
      if (selection.takes(file.path)) wanted.push_back(&file);
    }
    return wanted;
  }

  /// Offline and without a listing: what is in the snapshot is all there is.
  Result<void> plan_unlisted() {
    if (!repo_->has_snapshot(plan_.commit)) {
      return offline_error(hub_, request_.repo,
                           "commit " + plan_.commit.substr(0, 12) + " of " +
                               api::describe(request_.repo));
    }
    plan_.warnings.push_back(
        "the cache does not know what else belongs to commit " +
        plan_.commit.substr(0, 12));
    return {};
  }

  /// A hub that names such a file cannot be trusted: like content that is not
  /// what it was said to be.
  static Result<void> check_listed_name(const std::string& path) {
    const auto name = sys::check_file_name(path);
    if (name) return {};
    return Error(Code::kCorrupt, "the hub lists what must not become a file: " +
                                     name.error().message());
  }

  void add_item(const cache::TreeFile& file) {
    DownloadItem item;
    item.path = file.path;
    item.etag = file.etag();
    item.commit = plan_.commit;
    item.size = file.real_size();
    if (folder_) {
      item.local_path = folder_->file_path(file.path);
      item.cached = in_folder(item);
    } else {
      item.local_path = repo_->snapshot_path(plan_.commit) + "/" + file.path;
      item.cached = has_size(item.local_path, item.size) ||
                    repo_->find_blob(item.etag) == item.size;
    }
    item.will_download = request_.force || !item.cached;
    if (item.will_download && item.size > kResumable && !request_.force) {
      item.resumed = folder_
                         ? folder_->resumable(item.path, item.etag, item.size)
                         : repo_->resumable(item.etag, item.size);
    }
    plan_.total_bytes += item.size;
    if (item.will_download) {
      plan_.fetch_bytes += item.size - std::min(item.resumed, item.size);
      ++plan_.fetch_items;
    }
    plan_.items.push_back(std::move(item));
  }

  bool has_size(const std::string& path, std::uint64_t size) const {
    const auto info = parts_.fs->find_info(path);
    return info && *info && (*info)->kind == sys::FileKind::kFile &&
           (*info)->size == size;
  }

  bool in_folder(const DownloadItem& item) const {
    if (folder_->find_file(item.path) != item.size) return false;
    const auto metadata = folder_->find_metadata(item.path);
    return metadata && metadata->etag == item.etag;
  }

  Result<void> check_plan() const {
    if (!must_not_ask() && !plan_.from_cache) return {};
    std::vector<std::string> missing;
    for (const auto& item : plan_.items) {
      if (!item.cached) missing.push_back(item.path);
    }
    if (missing.empty()) return {};
    // A pinned commit may still be fetched: only the listing was at hand.
    if (!must_not_ask() && plan_.warnings.empty()) return {};
    auto names = missing;
    if (names.size() > 3) names.resize(3);
    return offline_error(hub_, request_.repo,
                         base::join(names, ", ") +
                             (missing.size() > 3 ? " and others" : "") +
                             " of " + api::describe(request_.repo));
  }

  // -------------------------------------------------------------- fetching

  void announce() const {
    parts_.emit({.kind = Event::Kind::kPlan,
                 .total = plan_.total_bytes,
                 .items = plan_.items.size(),
                 .reused = plan_.total_bytes - plan_.fetch_bytes});
  }

  Result<void> check_space() const {
    if (plan_.fetch_bytes == 0) return {};
    const auto root = folder_ ? folder_->path() : repo_->settings().root;
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
    return make_cache_place(parts_, *repo_);
  }

  FetchJob job_for(std::size_t index) const {
    const auto& item = plan_.items[index];
    return {{request_.repo, item.commit, item.path, item.size, item.etag},
            index,
            request_.force};
  }

  /// One job for each content; further names of it are linked afterwards.
  Result<std::vector<FetchJob>> make_jobs() {
    std::vector<FetchJob> jobs;
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < plan_.items.size(); ++i) {
      const auto& item = plan_.items[i];
      if (!item.will_download) {
        reused_.push_back(i);
      } else if (folder_) {
        if (HUG_TRY(taken_over(item))) {
          done(i);
        } else {
          jobs.push_back(job_for(i));
        }
      } else if (!is_digest(item.etag) || seen.insert(item.etag).second) {
        jobs.push_back(job_for(i));
      } else {
        reused_.push_back(i);
      }
    }
    return jobs;
  }

  void done(std::size_t index) const {
    const auto& item = plan_.items[index];
    ItemProgress(parts_, index + 1, item.path, item.size).done();
  }

  /// Content for a folder that is on this machine already: in the folder
  /// itself (without metadata), or in the cache.
  Result<bool> taken_over(const DownloadItem& item) {
    if (request_.force) return false;
    if (folder_->is_blocked(item.path)) {
      return Error(Code::kConflict,
                   "'" + item.local_path + "' is there and is no plain file");
    }
    if (folder_->find_file(item.path) == item.size &&
        HUG_TRY(has_content(item.local_path, item))) {
      HUG_TRY(folder_->write_metadata(item.path, item.commit, item.etag));
      return true;
    }
    const auto found = repo_->find_file(item.commit, item.path);
    const bool cached = found.state == cache::Lookup::State::kFile &&
                        has_size(found.path, item.size);
    if (!cached) return false;
    HUG_TRY(folder_->copy_in(found.path, item.path, item.commit, item.etag));
    return true;
  }

  Result<bool> has_content(const std::string& path,
                           const DownloadItem& item) const {
    if (!is_digest(item.etag)) return false;
    auto hasher = hasher_for(item.etag, item.size);
    const auto file = HUG_TRY(parts_.fs->open(path, {.no_follow = true}));
    std::vector<std::byte> buffer(256 * 1024);
    for (std::uint64_t at = 0; at < item.size;) {
      HUG_TRY(parts_.check_stop());
      const auto n = HUG_TRY(parts_.fs->read_at(file, at, buffer));
      if (n == 0) return false;
      hasher.update(std::span(buffer).first(n));
      at += n;
    }
    return hasher.finish() == item.etag;
  }

  /// Links and metadata of what did not have to be fetched.
  Result<void> finish_reused() {
    for (const auto index : reused_) {
      const auto& item = plan_.items[index];
      if (item.etag.empty()) continue;
      if (folder_) {
        const auto metadata = folder_->find_metadata(item.path);
        if (metadata && metadata->commit == item.commit) continue;
        HUG_TRY(folder_->write_metadata(item.path, item.commit, item.etag));
      } else if (!has_size(item.local_path, item.size)) {
        HUG_TRY(repo_->link_file(item.etag, item.commit, item.path));
      }
    }
    return {};
  }

  Hub& hub_;
  const Context::Parts& parts_;
  DownloadRequest request_;
  std::unique_ptr<cache::RepoCache> repo_ = {};
  std::unique_ptr<cache::LocalDir> folder_ = {};
  bool running_ = false;  // or only planning
  DownloadPlan plan_ = {};
  std::vector<std::size_t> reused_ = {};
};

}  // namespace
}  // namespace transfer

Result<DownloadPlan> plan_download(Hub& hub, const DownloadRequest& request) {
  auto work = HUG_TRY(transfer::Download::open(hub, request));
  return std::move(work).plan();
}

Result<DownloadResult> download(Hub& hub, const DownloadRequest& request) {
  auto work = HUG_TRY(transfer::Download::open(hub, request));
  return work.run();
}

}  // namespace hug
