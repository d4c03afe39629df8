#include "transfer/listing.h"

#include <algorithm>
#include <utility>

#include "api/address.h"
#include "api/session.h"
#include "api/tree.h"
#include "base/strings.h"
#include "http/http.h"
#include "sys/paths.h"

namespace hug::transfer {

namespace {

cache::TreeFile to_file(TreeEntry entry) {
  cache::TreeFile file;
  file.path = std::move(entry.path);
  file.size = entry.size;
  file.blob_id = std::move(entry.blob_id);
  file.lfs_sha256 = std::move(entry.sha256);
  if (!file.lfs_sha256.empty()) file.lfs_size = entry.size;
  file.xet_hash = std::move(entry.xet_hash);
  return file;
}

Result<std::vector<cache::TreeFile>> ask_for_tree(Hub& hub, const RepoId& repo,
                                                  const std::string& commit) {
  std::vector<cache::TreeFile> files;
  HUG_TRY(api::each_tree_entry(hub, repo, {.revision = commit},
                               [&](TreeEntry entry) {
                                 if (!entry.folder)
                                   files.push_back(to_file(std::move(entry)));
                               }));
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

/// What the cache says about a revision.
Result<Listing> from_cache(Hub& hub, const Shelves& shelves, const RepoId& repo,
                           const std::string& revision) {
  Listing listing;
  listing.from_cache = true;
  const auto commit = shelves.repo->find_commit(revision);
  if (!commit) {
    return offline_error(
        hub, repo, "revision '" + revision + "' of " + api::describe(repo));
  }
  listing.commit = *commit;
  auto files = shelves.find(*commit);
  listing.known = files.has_value();
  if (files) listing.files = std::move(*files);
  return listing;
}

Result<Listing> ask(Hub& hub, const Shelves& shelves, const RepoId& repo,
                    const std::string& revision) {
  Listing listing;
  listing.commit = cache::is_commit(revision)
                       ? revision
                       : HUG_TRY(head_commit(hub, repo, revision));
  if (auto files = shelves.find(listing.commit)) {
    listing.files = std::move(*files);
    listing.from_cache = cache::is_commit(revision);
    return listing;
  }
  auto files = ask_for_tree(hub, repo, listing.commit);
  if (!files && files.error().code() == Code::kNotFound &&
      !cache::is_commit(revision)) {
    // The branch moved on and its old commit is gone: look once more.
    listing.commit = HUG_TRY(head_commit(hub, repo, revision));
    files = ask_for_tree(hub, repo, listing.commit);
  }
  listing.files = HUG_TRY(std::move(files));
  shelves.keep(listing.commit, listing.files);
  return listing;
}

std::string first_header(const http::Response& response,
                         std::string_view name) {
  if (const auto value = response.headers.find(name)) {
    return std::string(*value);
  }
  for (auto it = response.hops.rbegin(); it != response.hops.rend(); ++it) {
    if (const auto value = it->headers.find(name)) return std::string(*value);
  }
  return {};
}

std::optional<Head> read_head(const http::Response& response,
                              std::string_view path) {
  Head head;
  head.commit = first_header(response, "X-Repo-Commit");
  auto etag = first_header(response, "X-Linked-Etag");
  if (etag.empty()) etag = response.headers.get("ETag");
  etag = http::normalize_etag(etag);
  auto size = base::parse_unsigned(first_header(response, "X-Linked-Size"));
  if (!size && response.ok()) size = http::content_length(response.headers);
  const bool fine = cache::is_commit(head.commit) && size && !etag.empty() &&
                    sys::etag_file_name(etag) == etag;
  if (!fine) return std::nullopt;
  head.file.path = path;
  head.file.size = *size;
  if (etag.size() == 64) {
    head.file.lfs_sha256 = etag;
    head.file.lfs_size = *size;
  } else {
    head.file.blob_id = etag;
  }
  head.file.xet_hash = first_header(response, "X-Xet-Hash");
  return head;
}

}  // namespace

std::optional<std::vector<cache::TreeFile>> Shelves::find(
    std::string_view commit) const {
  if (folder != nullptr) {
    if (auto files = folder->find_tree(commit)) return files;
  }
  return repo->find_tree(commit);
}

void Shelves::keep(std::string_view commit,
                   const std::vector<cache::TreeFile>& files) const {
  if (read_only) return;
  if (folder != nullptr) {
    folder->write_tree(commit, files);
  } else {
    repo->write_tree(commit, files);
  }
}

Result<std::string> head_commit(Hub& hub, const RepoId& repo,
                                const std::string& revision) {
  // Without this the answer names all files of the repository.
  auto info =
      HUG_TRY(repo_info(hub, repo, {.revision = revision, .expand = {"sha"}}));
  if (info.sha.empty()) {
    return Error(Code::kCorrupt, "the hub does not say which commit '" +
                                     revision + "' of " + api::describe(repo) +
                                     " is");
  }
  return std::move(info.sha);
}

bool hub_unreachable(const Error& error) {
  switch (error.code()) {
    case Code::kNetwork:
    case Code::kTimeout:
    case Code::kTls:
    case Code::kOffline:
    case Code::kRateLimited:
      return true;
    default:
      return false;
  }
}

Error offline_error(const Hub& hub, const RepoId& repo,
                    const std::string& what) {
  const auto& cause = hub.parts().offline;
  return Error(Code::kOffline,
               what + " is not in the cache, and " +
                   (cause.empty() ? std::string("the hub must not be asked")
                                  : "'" + cause + "' forbids asking the hub"))
      .hint("download " + api::describe(repo) + " once while online");
}

Result<Listing> list_revision(Hub& hub, const Shelves& shelves,
                              const RepoId& repo, std::string revision,
                              bool local_only) {
  if (revision.empty()) revision = "main";
  HUG_TRY(sys::check_revision(revision));
  if (local_only || hub.offline()) {
    return from_cache(hub, shelves, repo, revision);
  }
  auto listing = ask(hub, shelves, repo, revision);
  if (listing || !hub_unreachable(listing.error())) return listing;
  auto fallback = from_cache(hub, shelves, repo, revision);
  if (!fallback) return listing;
  fallback->warning = "the hub could not be asked (" +
                      listing.error().message() +
                      "); what the cache has is used";
  return fallback;
}

Result<std::optional<Head>> ask_for_file(Hub& hub, cache::RepoCache& repo_cache,
                                         const RepoId& repo,
                                         std::string_view revision,
                                         std::string_view path) {
  api::Call call;
  call.method = "HEAD";
  call.action = "find '" + std::string(path) + "' in " + api::describe(repo);
  call.url = api::file_url(hub, repo, revision, path);
  call.bucket = "resolvers";
  call.compressed = false;
  call.redirects = http::Redirects::kTrusted;
  call.headers.set("X-HF-Download-Counter", "1");
  const auto response = HUG_TRY(api::exchange(hub, call));
  if (response.ok() || (response.status >= 300 && response.status < 400)) {
    return read_head(response, path);
  }
  if (response.headers.get("X-Error-Code") == "EntryNotFound") {
    const auto commit = first_header(response, "X-Repo-Commit");
    if (cache::is_commit(commit)) repo_cache.mark_absent(commit, path);
  }
  return api::hub_error(response, call.action);
}

}  // namespace hug::transfer
