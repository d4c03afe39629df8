// Repositories: one, many, the caller's own; and small files of one.
#include <nlohmann/json.hpp>

#include "api/address.h"
#include "api/parse.h"
#include "api/session.h"
#include "data/json.h"
#include "hug/repo.h"

namespace hug {

namespace {

/// The Hub's name for a sort key of ours.
std::string sort_key(const std::string& key) {
  if (key == "created_at") return "createdAt";
  if (key == "last_modified") return "lastModified";
  if (key == "trending_score") return "trendingScore";
  return key;
}

}  // namespace

Result<RepoInfo> repo_info(Hub& hub, const RepoId& repo,
                           const RepoInfoOptions& options) {
  api::Call call;
  call.action = "read " + api::describe(repo);
  std::string rest;
  if (!options.revision.empty()) {
    call.action += " at '" + options.revision + "'";
    rest = "/revision" + api::revision_segment(options.revision);
  }
  call.url = api::repo_url(hub, repo, rest);
  if (options.blobs) call.url.add_query("blobs", "true");
  for (const auto& name : options.expand)
    call.url.add_query("expand", name);
  const auto json = HUG_TRY(api::fetch_json(hub, call));
  return api::parse_repo_info(json, repo.type);
}

Result<bool> repo_exists(Hub& hub, const RepoId& repo,
                         std::string_view revision) {
  const auto info = repo_info(
      hub, repo, {.revision = std::string(revision), .expand = {"sha"}});
  if (info) return true;
  if (info.error().code() == Code::kNotFound) return false;
  if (info.error().code() == Code::kGated) return true;
  return info.error();
}

Result<std::vector<RepoInfo>> list_repos(Hub& hub, RepoType type,
                                         const RepoListOptions& options) {
  api::Call call;
  const std::string plural = std::string(repo_type_name(type)) + "s";
  call.action = "list " + plural;
  call.url = api::hub_url(hub, "/api/" + plural);
  for (const auto& tag : options.filter)
    call.url.add_query("filter", tag);
  if (!options.author.empty()) call.url.add_query("author", options.author);
  if (!options.search.empty()) call.url.add_query("search", options.search);
  if (!options.sort.empty()) {
    call.url.add_query("sort", sort_key(options.sort));
  }
  for (const auto& [key, value] : options.query) {
    call.url.add_query(key, value);
  }
  if (options.limit > 0) {
    call.url.add_query("limit", std::to_string(options.limit));
  }
  for (const auto& name : options.expand)
    call.url.add_query("expand", name);
  std::vector<RepoInfo> repos;
  HUG_TRY(api::fetch_pages(hub, call, [&](const auto& item) -> Result<bool> {
    repos.push_back(HUG_TRY(api::parse_repo_info(item, type)));
    return options.limit == 0 || repos.size() < options.limit;
  }));
  return repos;
}

Result<std::vector<OwnRepo>> list_own_repos(Hub& hub,
                                            std::string_view organization) {
  api::Call call;
  call.action = "list repositories";
  call.url = api::hub_url(hub, organization.empty()
                                   ? std::string("/api/settings/repositories")
                                   : "/api/organizations/" +
                                         http::encode_segment(organization) +
                                         "/settings/repositories");
  std::vector<OwnRepo> repos;
  HUG_TRY(api::fetch_pages(hub, call, [&](const auto& item) -> Result<bool> {
    OwnRepo repo;
    repo.id = HUG_TRY(api::need_string(item, "id", "a list of repositories"));
    repo.type = data::find_string(item, "type").value_or("model");
    repo.updated_at = data::find_string(item, "updatedAt").value_or("");
    repo.visibility = data::find_string(item, "visibility").value_or("");
    repo.storage = data::find_unsigned(item, "storage").value_or(0);
    repo.storage_percent =
        data::find_number(item, "storagePercent").value_or(0);
    repo.json = data::dump_json(item);
    repos.push_back(std::move(repo));
    return true;
  }));
  return repos;
}

Result<std::string> read_file(Hub& hub, const RepoId& repo,
                              std::string_view revision, std::string_view path,
                              std::uint64_t limit) {
  api::Call call;
  call.action = "read '" + std::string(path) + "' of " + api::describe(repo);
  call.url = api::file_url(hub, repo, revision, path);
  call.bucket = "resolvers";
  call.compressed = false;
  call.max_body = limit;
  auto response = HUG_TRY(api::send(hub, call));
  return std::move(response.body);
}

}  // namespace hug
