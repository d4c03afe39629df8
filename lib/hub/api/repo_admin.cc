// Repositories as a whole: made, moved, copied, set up, removed.
#include <nlohmann/json.hpp>

#include "api/address.h"
#include "api/parse.h"
#include "api/session.h"
#include "data/json.h"
#include "hug/auth.h"
#include "hug/repo.h"

namespace hug {

namespace {

constexpr int kBusyAttempts = 30;

const char* visibility_name(Visibility visibility) {
  switch (visibility) {
    case Visibility::kPublic:
      return "public";
    case Visibility::kPrivate:
      return "private";
    case Visibility::kProtected:
      return "protected";
    case Visibility::kDefault:
      break;
  }
  return nullptr;
}

nlohmann::json named_values(const std::vector<NameValue>& values) {
  auto out = nlohmann::json::array();
  for (const auto& value : values) {
    out.push_back({{"key", value.name}, {"value", value.value}});
  }
  return out;
}

/// The members that create and duplicate share.
Result<void> add_options(nlohmann::json& body,
                         const CreateRepoOptions& options) {
  if (const auto* name = visibility_name(options.visibility)) {
    body["visibility"] = name;
  }
  if (!options.hardware.empty()) body["hardware"] = options.hardware;
  if (options.sleep_seconds) {
    body["sleepTimeSeconds"] = *options.sleep_seconds;
  }
  if (!options.resource_group.empty()) {
    body["resourceGroupId"] = options.resource_group;
  }
  if (!options.region.empty()) body["region"] = options.region;
  if (!options.secrets.empty()) body["secrets"] = named_values(options.secrets);
  if (!options.variables.empty()) {
    body["variables"] = named_values(options.variables);
  }
  if (!options.volumes_json.empty()) {
    body["volumes"] =
        HUG_TRY(data::parse_json(options.volumes_json, "volumes"));
  }
  return {};
}

/// A repo id from the address of its page; the one asked for when it tells
/// none.
RepoId id_from_url(const Hub& hub, const std::string& url,
                   const RepoId& asked) {
  const auto base = http::parse_url(url);
  if (!base) return asked;
  auto path = base->path;
  auto prefix = hub.parts().base.path;
  while (prefix.ends_with('/'))
    prefix.pop_back();
  if (!prefix.empty() && path.starts_with(prefix)) path.erase(0, prefix.size());
  while (path.starts_with('/'))
    path.erase(0, 1);
  while (path.ends_with('/'))
    path.pop_back();
  const auto id = parse_repo_id(path);
  if (!id || id->name.empty() || id->type != asked.type) return asked;
  return *id;
}

Result<CreatedRepo> read_created(const Hub& hub, const std::string& body,
                                 const RepoId& asked, bool existed) {
  const auto json = HUG_TRY(data::parse_json(body, "answer to create"));
  CreatedRepo created;
  created.existed = existed;
  created.url = data::find_string(json, "url").value_or("");
  created.id = id_from_url(hub, created.url, asked);
  if (created.url.empty()) created.url = web_url(hub, created.id);
  created.files_pending = data::find_bool(json, "filesCopyPending");
  return created;
}

/// Sends a create or duplicate; the hub answers "try again" while another
/// change of the namespace is under way.
Result<CreatedRepo> make_repo(Hub& hub, const api::Call& call,
                              const RepoId& asked, bool exist_ok) {
  const auto& surroundings = hub.parts().surroundings();
  for (int attempt = 0;; ++attempt) {
    const auto answer = HUG_TRY(api::exchange(hub, call));
    if (answer.ok()) return read_created(hub, answer.body, asked, false);
    const bool busy =
        answer.status == 409 && answer.body.find(
                                    "conflicting operation is in "
                                    "progress") != std::string::npos;
    if (busy && attempt < kBusyAttempts) {
      HUG_TRY(surroundings.clock->sleep(std::chrono::milliseconds(300),
                                        surroundings.stop));
      continue;
    }
    if (exist_ok && answer.status == 409) {
      return read_created(hub, answer.body, asked, true);
    }
    const bool refused =
        answer.status == 401 || answer.status == 402 || answer.status == 403;
    if (exist_ok && refused && !asked.owner.empty()) {
      if (const auto info = repo_info(hub, asked)) {
        return CreatedRepo{info->id, web_url(hub, info->id), true, false};
      }
    }
    return api::hub_error(answer, call.action);
  }
}

nlohmann::json name_members(const RepoId& repo) {
  nlohmann::json body;
  body["name"] = repo.name;
  body["organization"] = nullptr;
  if (!repo.owner.empty()) body["organization"] = repo.owner;
  body["type"] = repo_type_name(repo.type);
  return body;
}

}  // namespace

Result<CreatedRepo> create_repo(Hub& hub, const RepoId& repo,
                                const CreateRepoOptions& options) {
  api::Call call;
  call.method = "POST";
  call.action = "create " + api::describe(repo);
  call.retry = false;
  call.url = api::hub_url(hub, "/api/repos/create");
  auto body = name_members(repo);
  HUG_TRY(add_options(body, options));
  if (!options.sdk.empty()) body["sdk"] = options.sdk;
  if (!options.template_repo.empty()) body["template"] = options.template_repo;
  if (repo.type == RepoType::kSpace && options.sdk.empty() &&
      options.template_repo.empty()) {
    return Error(Code::kUsage, "a space needs an SDK")
        .hint("choose one of gradio, streamlit, docker, static");
  }
  api::set_json(call, body);
  return make_repo(hub, call, repo, options.exist_ok);
}

Result<void> delete_repo(Hub& hub, const RepoId& repo, bool missing_ok) {
  api::Call call;
  call.method = "DELETE";
  call.action = "delete " + api::describe(repo);
  call.retry = false;
  call.url = api::hub_url(hub, "/api/repos/delete");
  api::set_json(call, name_members(repo));
  const auto answer = api::send(hub, call);
  if (answer) return {};
  if (missing_ok && answer.error().code() == Code::kNotFound) return {};
  return answer.error();
}

Result<void> move_repo(Hub& hub, const RepoId& from, const RepoId& to) {
  if (from.owner.empty() || to.owner.empty()) {
    return Error(Code::kUsage, "both names need an owner to move a repository")
        .hint("write them as OWNER/NAME");
  }
  api::Call call;
  call.method = "POST";
  call.action = "move " + api::describe(from) + " to '" + to.full() + "'";
  call.retry = false;
  call.url = api::hub_url(hub, "/api/repos/move");
  api::set_json(call, {{"fromRepo", from.full()},
                       {"toRepo", to.full()},
                       {"type", repo_type_name(from.type)}});
  HUG_TRY(api::send(hub, call));
  return {};
}

Result<CreatedRepo> duplicate_repo(Hub& hub, const RepoId& from,
                                   const RepoId& to,
                                   const CreateRepoOptions& options) {
  auto target = to;
  target.type = from.type;
  if (target.name.empty()) target.name = from.name;
  if (target.owner.empty()) target.owner = HUG_TRY(whoami(hub)).name;
  api::Call call;
  call.method = "POST";
  call.action = "duplicate " + api::describe(from);
  call.retry = false;
  call.url = api::repo_url(hub, from, "/duplicate");
  nlohmann::json body{{"repository", target.full()}};
  HUG_TRY(add_options(body, options));
  api::set_json(call, body);
  return make_repo(hub, call, target, options.exist_ok);
}

Result<void> update_repo_settings(Hub& hub, const RepoId& repo,
                                  const RepoSettings& settings) {
  auto body = nlohmann::json::object();
  if (settings.gated) {
    body["gated"] = *settings.gated;
    if (*settings.gated == "false") body["gated"] = false;
  }
  if (const auto* name = visibility_name(settings.visibility)) {
    body["visibility"] = name;
  }
  if (body.empty()) {
    return Error(Code::kUsage, "no setting was given to change")
        .hint("give who may see it, or whether access has to be asked for");
  }
  api::Call call;
  call.method = "PUT";
  call.action = "change the settings of " + api::describe(repo);
  call.url = api::repo_url(hub, repo, "/settings");
  api::set_json(call, body);
  HUG_TRY(api::send(hub, call));
  return {};
}

}  // namespace hug
