#include "api/lfs.h"

#include <map>
#include <nlohmann/json.hpp>

#include "api/address.h"
#include "api/session.h"
#include "base/strings.h"
#include "data/json.h"
#include "http/http.h"

namespace hug::api {

namespace {

constexpr const char* kMedia = "application/vnd.git-lfs+json";
constexpr std::uint64_t kMostParts = 100'000;

Error broken(const std::string& oid, const std::string& what) {
  return Error(Code::kCorrupt, "the hub's upload instructions for object " +
                                   oid.substr(0, 12) + " are broken: " + what);
}

bool digits_only(std::string_view text) {
  return base::parse_unsigned(text).has_value();
}

/// Addresses of the default endpoint in the answers of a mirror mean the
/// mirror.
Result<http::Url> action_url(const std::string& endpoint, std::string text) {
  for (const std::string_view host :
       {"https://huggingface.co", "https://hub-ci.huggingface.co"}) {
    if (text.starts_with(host) &&
        (text.size() == host.size() || text[host.size()] == '/')) {
      text = endpoint + text.substr(host.size());
    }
  }
  return http::parse_url(text);
}

Result<LfsAction> parse_action(const std::string& endpoint,
                               const nlohmann::json& json,
                               const std::string& oid) {
  auto href = data::find_string(json, "href");
  if (!href) return broken(oid, "an action has no address");
  LfsAction action;
  action.url = HUG_TRY(action_url(endpoint, std::move(*href)));
  if (const auto* header = data::find_object(json, "header")) {
    for (const auto& [name, value] : header->items()) {
      if (value.is_string()) {
        action.header.emplace_back(name, value.get<std::string>());
      }
    }
  }
  return action;
}

/// Takes chunk_size and the numbered part addresses out of the header.
Result<void> take_parts(const std::string& endpoint, LfsTask& task) {
  std::map<std::uint64_t, std::string> parts;
  std::vector<std::pair<std::string, std::string>> rest;
  for (auto& field : task.upload->header) {
    if (field.first == "chunk_size") {
      task.part_size = base::parse_unsigned(field.second).value_or(0);
      if (task.part_size == 0) {
        return broken(task.object.oid, "the size of a part is no number");
      }
    } else if (digits_only(field.first)) {
      parts[*base::parse_unsigned(field.first)] = field.second;
    } else {
      rest.push_back(std::move(field));
    }
  }
  task.upload->header = std::move(rest);
  if (task.part_size == 0) return {};
  const auto wanted = task.object.size / task.part_size +
                      (task.object.size % task.part_size == 0 ? 0 : 1);
  if (wanted != parts.size() || wanted > kMostParts) {
    return broken(task.object.oid, std::to_string(parts.size()) +
                                       " parts were named, " +
                                       std::to_string(wanted) + " needed");
  }
  for (auto& [number, url] : parts) {
    task.part_urls.push_back(HUG_TRY(action_url(endpoint, std::move(url))));
  }
  return {};
}

Result<LfsTask> parse_task(const std::string& endpoint,
                           const nlohmann::json& json) {
  LfsTask task;
  task.object.oid = data::find_string(json, "oid").value_or("");
  if (const auto* error = data::find_object(json, "error")) {
    return Error(Code::kFailure,
                 "the hub refuses object " + task.object.oid.substr(0, 12) +
                     ": " + data::find_string(*error, "message").value_or("?"));
  }
  const auto size = data::find_unsigned(json, "size");
  if (!size) return broken(task.object.oid, "it has no size");
  task.object.size = *size;
  const auto* actions = data::find_object(json, "actions");
  if (actions == nullptr) return task;
  if (const auto* upload = data::find_object(*actions, "upload")) {
    task.upload = HUG_TRY(parse_action(endpoint, *upload, task.object.oid));
    HUG_TRY(take_parts(endpoint, task));
  }
  if (const auto* verify = data::find_object(*actions, "verify")) {
    task.verify = HUG_TRY(parse_action(endpoint, *verify, task.object.oid));
  }
  return task;
}

/// Fields of an action go to its own address only; a credential among them is
/// bound to that origin.
void add_action_header(const LfsAction& action, http::Request& request) {
  for (const auto& [name, value] : action.header) {
    if (!http::is_field_name(name) || !http::is_field_value(value)) continue;
    if (base::equal_ignoring_case(name, "Authorization")) {
      request.credential =
          http::Credential{base::Secret(value), {action.url.origin()}};
      continue;
    }
    const auto lower = base::to_lower(name);
    if (lower == "host" || lower == "content-length" ||
        lower == "transfer-encoding" || lower == "connection") {
      continue;
    }
    request.headers.set(name, value);
  }
}

Result<http::Response> transmit(Hub& hub, const http::Request& request,
                                const std::string& action) {
  auto& parts = hub.parts();
  auto response =
      HUG_TRY(parts.client->send_retrying(request, parts.surroundings().stop));
  if (!response.ok()) return hub_error(response, action);
  return response;
}

std::string about(const char* verb, const LfsTask& task) {
  return std::string(verb) + " object " + task.object.oid.substr(0, 12);
}

}  // namespace

Result<std::vector<LfsTask>> parse_lfs_batch(
    const std::string& endpoint, const nlohmann::json& json,
    const std::vector<LfsObject>& objects) {
  std::map<std::string, LfsTask, std::less<>> by_oid;
  if (const auto* answers = data::find_array(json, "objects")) {
    for (const auto& item : *answers) {
      auto task = HUG_TRY(parse_task(endpoint, item));
      by_oid[task.object.oid] = std::move(task);
    }
  }
  std::vector<LfsTask> tasks;
  for (const auto& object : objects) {
    const auto found = by_oid.find(object.oid);
    if (found == by_oid.end() || found->second.object.size != object.size) {
      return broken(object.oid, "there are none, or for another size");
    }
    tasks.push_back(found->second);
  }
  return tasks;
}

Result<std::vector<LfsTask>> lfs_batch(Hub& hub, const RepoId& repo,
                                       std::string_view revision,
                                       const std::vector<LfsObject>& objects) {
  auto list = nlohmann::json::array();
  for (const auto& object : objects) {
    list.push_back({{"oid", object.oid}, {"size", object.size}});
  }
  nlohmann::json body{{"operation", "upload"},
                      {"transfers", {"basic", "multipart"}},
                      {"hash_algo", "sha256"},
                      {"objects", std::move(list)}};
  if (!revision.empty()) body["ref"] = {{"name", revision}};
  Call call;
  call.method = "POST";
  call.action = "offer large objects to " + describe(repo);
  call.url = lfs_url(hub, repo);
  call.body = http::text_body(data::dump_json(body));
  call.headers.set("Content-Type", kMedia).set("Accept", kMedia);
  const auto json = HUG_TRY(fetch_json(hub, call));
  return parse_lfs_batch(hub.endpoint(), json, objects);
}

Result<void> lfs_put(Hub& hub, const LfsTask& task, http::BodySourcePtr body,
                     const OnSent& on_sent) {
  http::Request request;
  request.method = "PUT";
  request.url = task.upload->url;
  request.body = std::move(body);
  request.on_sent = on_sent;
  request.bucket = "lfs";
  add_action_header(*task.upload, request);
  HUG_TRY(transmit(hub, request, about("send", task)));
  return {};
}

Result<std::string> lfs_put_part(Hub& hub, const LfsTask& task,
                                 std::size_t part, http::BodySourcePtr body,
                                 const OnSent& on_sent) {
  http::Request request;
  request.method = "PUT";
  request.url = task.part_urls.at(part);
  request.body = std::move(body);
  request.on_sent = on_sent;
  request.bucket = "lfs";
  const auto response = HUG_TRY(transmit(
      hub, request,
      "send part " + std::to_string(part + 1) + " of" + about("", task)));
  auto etag = std::string(response.headers.get("ETag"));
  if (etag.empty()) return broken(task.object.oid, "a part has no ETag");
  return etag;
}

Result<void> lfs_complete(Hub& hub, const LfsTask& task,
                          const std::vector<std::string>& etags) {
  auto parts = nlohmann::json::array();
  for (std::size_t i = 0; i < etags.size(); ++i) {
    parts.push_back({{"partNumber", i + 1}, {"etag", etags[i]}});
  }
  http::Request request;
  request.method = "POST";
  request.url = task.upload->url;
  request.headers.set("Content-Type", kMedia).set("Accept", kMedia);
  const nlohmann::json body{{"oid", task.object.oid}, {"parts", parts}};
  request.body = http::text_body(data::dump_json(body));
  add_action_header(*task.upload, request);
  HUG_TRY(transmit(hub, request, about("complete", task)));
  return {};
}

Result<void> lfs_verify(Hub& hub, const LfsTask& task) {
  if (!task.verify) return {};
  Call call;
  call.method = "POST";
  call.action = about("confirm", task);
  call.url = task.verify->url;
  set_json(call, {{"oid", task.object.oid}, {"size", task.object.size}});
  call.headers.set("Content-Type", kMedia).set("Accept", kMedia);
  auto request = HUG_TRY(make_request(hub, call));
  add_action_header(*task.verify, request);
  HUG_TRY(transmit(hub, request, call.action));
  return {};
}

}  // namespace hug::api
