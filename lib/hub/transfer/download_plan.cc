#include "transfer/download_plan.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "api/address.h"
#include "api/session.h"
#include "base/strings.h"
#include "hug/target.h"
#include "sys/paths.h"
#include "transfer/listing.h"
#include "transfer/select.h"

namespace hug::transfer {

namespace {

// Smaller files leave nothing behind that could be resumed.
constexpr std::uint64_t kResumable = 8U << 20;

class Planner {
 public:
  Planner(const OpenDownload& work, bool dry_run)
      : hub_(work.hub),
        parts_(work.parts),
        request_(work.request),
        repo_(*work.repo),
        folder_(work.folder.get()),
        dry_run_(dry_run) {}

  Result<DownloadPlan> make() && {
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
    HUG_TRY(check_plan());
    return std::move(plan_);
  }

 private:
  void set_commit(std::string commit) {
    plan_.commit = std::move(commit);
    plan_.root = folder_ ? folder_->path() : repo_.snapshot_path(plan_.commit);
  }

  Shelves shelves() const { return {&repo_, folder_, dry_run_}; }

  bool must_not_ask() const { return request_.local_only || hub_.offline(); }

  Result<void> plan_single() {
    const auto name = HUG_TRY(sys::check_file_name(request_.files[0]));
    const bool pinned = cache::is_commit(request_.revision);
    if (pinned && !request_.force) {
      if (HUG_TRY(plan_known(request_.revision, name))) return {};
    }
    if (must_not_ask()) return plan_cached_file(name);
    auto head =
        ask_for_file(hub_, repo_, request_.repo, request_.revision, name);
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
    set_commit((*head)->commit);
    add_item(std::move((*head)->file));
    return {};
  }

  /// From a listing and the file itself, without asking; false: cannot.
  Result<bool> plan_known(const std::string& commit, const std::string& name) {
    auto files = shelves().find(commit);
    if (files) {
      for (auto& file : *files) {
        if (file.path != name) continue;
        set_commit(commit);
        plan_.from_cache = true;
        add_item(std::move(file));
        return true;
      }
    }
    if (folder_) return false;
    return plan_lookup(repo_.find_file(commit, name), name);
  }

  bool plan_lookup(const cache::Lookup& found, const std::string& name) {
    if (found.state != cache::Lookup::State::kFile) return false;
    DownloadItem item;
    item.path = name;
    item.cached = true;
    const auto info = parts_.fs->find_info(found.path);
    if (info && *info) item.size = (*info)->size;
    set_commit(found.commit);
    plan_.from_cache = true;
    plan_.total_bytes += item.size;
    plan_.items.push_back(std::move(item));
    return true;
  }

  Result<void> plan_cached_file(const std::string& name) {
    const auto what = "'" + name + "' of " + api::describe(request_.repo);
    const auto commit = repo_.find_commit(request_.revision);
    if (commit && HUG_TRY(plan_known(*commit, name)) &&
        plan_.items.at(0).cached) {
      return {};
    }
    return offline_error(hub_, request_.repo, what);
  }

  /// A hub whose HEAD says too little: the listing does.
  Result<void> plan_listed(const std::string& name) {
    auto listing = HUG_TRY(list_revision(hub_, shelves(), request_.repo,
                                         request_.revision, false));
    set_commit(listing.commit);
    for (auto& file : listing.files) {
      if (file.path != name) continue;
      add_item(std::move(file));
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
    set_commit(listing.commit);
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
    for (auto* file : wanted) {
      HUG_TRY(check_listed_name(file->path));
      add_item(std::move(*file));
    }
    return {};
  }

  Result<std::vector<cache::TreeFile*>> choose(
      std::vector<cache::TreeFile>& files) const {
    std::vector<cache::TreeFile*> wanted;
    if (!request_.quant.empty()) {
      std::vector<NamedFile> names;
      for (const auto& file : files) {
        names.push_back({file.path, file.real_size()});
      }
      const auto choice = HUG_TRY(choose_gguf(names, request_.quant));
      std::set<std::string_view> chosen(choice.files.begin(),
                                        choice.files.end());
      if (!choice.projector.empty()) chosen.insert(choice.projector);
      for (auto& file : files) {
        if (chosen.count(file.path) > 0) wanted.push_back(&file);
      }
      return wanted;
    }
    auto include = request_.files;
    if (include.empty()) include = request_.include;
    const Selection selection(include, request_.exclude);
    for (auto& file : files) {
      if (selection.takes(file.path)) wanted.push_back(&file);
    }
    return wanted;
  }

  /// Offline and without a listing: what is in the snapshot is all there is.
  Result<void> plan_unlisted() {
    if (!repo_.has_snapshot(plan_.commit)) {
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

  void add_item(cache::TreeFile file) {
    DownloadItem item;
    item.size = file.real_size();
    item.path = std::move(file.path);
    item.etag =
        std::move(file.lfs_sha256.empty() ? file.blob_id : file.lfs_sha256);
    item.cached = folder_
                      ? in_folder(item)
                      : has_size(parts_, plan_.local_path(item), item.size) ||
                            repo_.find_blob(item.etag) == item.size;
    item.will_download = request_.force || !item.cached;
    if (item.will_download && item.size > kResumable && !request_.force) {
      item.resumed = folder_
                         ? folder_->resumable(item.path, item.etag, item.size)
                         : repo_.resumable(item.etag, item.size);
    }
    plan_.total_bytes += item.size;
    if (item.will_download) {
      plan_.fetch_bytes += item.size - std::min(item.resumed, item.size);
      ++plan_.fetch_items;
    }
    plan_.items.push_back(std::move(item));
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

  Hub& hub_;
  const Context::Parts& parts_;
  const DownloadRequest& request_;
  cache::RepoCache& repo_;
  cache::LocalDir* folder_;
  bool dry_run_;
  DownloadPlan plan_ = {};
};

}  // namespace

Result<OpenDownload> open_download(Hub& hub, DownloadRequest request) {
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
  auto settings = HUG_TRY(cache::cache_settings(parts.env, request.cache_dir));
  OpenDownload out{hub, parts, std::move(request)};
  out.repo = std::make_unique<cache::RepoCache>(HUG_TRY(cache::RepoCache::open(
      parts.fs, parts.clock, std::move(settings), out.request.repo)));
  if (!out.request.local_dir.empty()) {
    const auto path =
        sys::real_path(sys::expand_path(parts.env, out.request.local_dir));
    out.folder = std::make_unique<cache::LocalDir>(parts.fs, parts.clock, path);
  }
  return out;
}

Result<DownloadPlan> plan_download(const OpenDownload& work, bool dry_run) {
  return Planner(work, dry_run).make();
}

bool has_size(const Context::Parts& parts, const std::string& path,
              std::uint64_t size) {
  const auto info = parts.fs->find_info(path);
  return info && *info && (*info)->kind == sys::FileKind::kFile &&
         (*info)->size == size;
}

}  // namespace hug::transfer
