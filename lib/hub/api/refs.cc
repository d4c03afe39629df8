// Branches, tags and history: reading and changing.
#include <nlohmann/json.hpp>

#include "api/address.h"
#include "api/parse.h"
#include "api/session.h"
#include "data/json.h"
#include "hug/repo.h"

namespace hug {

namespace {

std::vector<RefInfo> parse_refs(const nlohmann::json& json, const char* key) {
  std::vector<RefInfo> out;
  const auto* list = data::find_array(json, key);
  if (list == nullptr) return out;
  for (const auto& item : *list) {
    out.push_back({data::find_string(item, "name").value_or(""),
                   data::find_string(item, "ref").value_or(""),
                   data::find_string(item, "targetCommit").value_or("")});
  }
  return out;
}

CommitInfo parse_commit(const nlohmann::json& json) {
  CommitInfo commit;
  commit.id = data::find_string(json, "id").value_or("");
  commit.title = data::find_string(json, "title").value_or("");
  commit.message = data::find_string(json, "message").value_or("");
  commit.date = data::find_string(json, "date").value_or("");
  if (const auto* authors = data::find_array(json, "authors")) {
    for (const auto& author : *authors) {
      auto user = data::find_string(author, "user");
      if (user) commit.authors.push_back(std::move(*user));
    }
  }
  return commit;
}

/// A call for one ref: the name is one segment of the path.
api::Call ref_call(Hub& hub, const RepoId& repo, const char* method,
                   std::string_view kind, std::string_view name,
                   std::string action) {
  api::Call call;
  call.method = method;
  call.action = std::move(action);
  call.retry = false;
  call.url = api::repo_url(
      hub, repo, "/" + std::string(kind) + "/" + http::encode_segment(name));
  return call;
}

std::string about(const char* verb, std::string_view kind,
                  std::string_view name, const RepoId& repo) {
  return std::string(verb) + " " + std::string(kind) + " '" +
         std::string(name) + "' of " + api::describe(repo);
}

Result<void> sent(Hub& hub, const api::Call& call, bool exist_ok) {
  const auto answer = api::send(hub, call);
  if (answer) return {};
  if (exist_ok && answer.error().code() == Code::kConflict) return {};
  return answer.error();
}

}  // namespace

Result<RepoRefs> list_refs(Hub& hub, const RepoId& repo, bool pull_requests) {
  api::Call call;
  call.action = "list the branches and tags of " + api::describe(repo);
  call.url = api::repo_url(hub, repo, "/refs");
  if (pull_requests) call.url.add_query("include_prs", "1");
  const auto json = HUG_TRY(api::fetch_json(hub, call));
  return RepoRefs{parse_refs(json, "branches"), parse_refs(json, "tags"),
                  parse_refs(json, "converts"),
                  parse_refs(json, "pullRequests")};
}

Result<std::vector<CommitInfo>> list_commits(Hub& hub, const RepoId& repo,
                                             std::string_view revision,
                                             std::size_t limit) {
  api::Call call;
  call.action = "read the history of " + api::describe(repo);
  call.url =
      api::repo_url(hub, repo, "/commits" + api::revision_segment(revision));
  std::vector<CommitInfo> commits;
  HUG_TRY(api::fetch_pages(hub, call, [&](const auto& item) -> Result<bool> {
    commits.push_back(parse_commit(item));
    return limit == 0 || commits.size() < limit;
  }));
  return commits;
}

Result<void> create_branch(Hub& hub, const RepoId& repo,
                           std::string_view branch, std::string_view start,
                           bool exist_ok) {
  auto call = ref_call(hub, repo, "POST", "branch", branch,
                       about("create", "branch", branch, repo));
  auto body = nlohmann::json::object();
  if (!start.empty()) body["startingPoint"] = start;
  api::set_json(call, body);
  return sent(hub, call, exist_ok);
}

Result<void> delete_branch(Hub& hub, const RepoId& repo,
                           std::string_view branch) {
  const auto call = ref_call(hub, repo, "DELETE", "branch", branch,
                             about("delete", "branch", branch, repo));
  return sent(hub, call, false);
}

Result<void> create_tag(Hub& hub, const RepoId& repo, std::string_view tag,
                        std::string_view revision, std::string_view message,
                        bool exist_ok) {
  auto call = ref_call(hub, repo, "POST", "tag", api::or_main(revision),
                       about("create", "tag", tag, repo));
  auto body = nlohmann::json{{"tag", tag}};
  if (!message.empty()) body["message"] = message;
  api::set_json(call, body);
  return sent(hub, call, exist_ok);
}

Result<void> delete_tag(Hub& hub, const RepoId& repo, std::string_view tag) {
  const auto call = ref_call(hub, repo, "DELETE", "tag", tag,
                             about("delete", "tag", tag, repo));
  return sent(hub, call, false);
}

}  // namespace hug
