#include "api/preupload.h"

#include <map>
#include <nlohmann/json.hpp>

#include "api/address.h"
#include "api/parse.h"
#include "api/session.h"
#include "base/hex.h"
#include "base/strings.h"
#include "data/base64.h"
#include "data/json.h"

namespace hug::api {

namespace {

/// As text at once: the samples, nearly all of it, need no escapes.
std::string question(const PreuploadOptions& options,
                     const std::vector<PreuploadFile>& files) {
  std::string out = R"({"files":[)";
  for (const auto& file : files) {
    if (&file != &files.front()) out += ',';
    out += R"({"path":)" + data::quote_json(file.path) + R"(,"sample":")";
    out += data::to_base64(file.sample);
    out += R"(","size":)" + std::to_string(file.size) + "}";
  }
  out += ']';
  if (options.git_ignore) {
    out += R"(,"gitIgnore":)" + data::quote_json(*options.git_ignore);
  }
  return out + "}";
}

std::string checked_oid(const nlohmann::json& item) {
  auto oid = data::find_string(item, "oid").value_or("");
  const bool fine = base::is_lower_hex(oid, 40) || base::is_lower_hex(oid, 64);
  return fine ? oid : std::string();
}

Result<PreuploadAnswer> parse_answer(const nlohmann::json& item) {
  const auto mode =
      HUG_TRY(need_string(item, "uploadMode", "a question about new files"));
  if (mode != "lfs" && mode != "regular") {
    return Error(Code::kUnsupported,
                 "the hub wants files sent as '" + mode + "'");
  }
  return PreuploadAnswer{mode == "lfs", data::find_bool(item, "shouldIgnore"),
                         checked_oid(item)};
}

std::vector<std::string> messages(const nlohmann::json& json, const char* key) {
  std::vector<std::string> out;
  if (const auto* list = data::find_array(json, key)) {
    for (const auto& item : *list) {
      if (auto text = data::find_string(item, "message")) {
        out.push_back(std::move(*text));
      }
    }
  }
  return out;
}

}  // namespace

Result<std::vector<PreuploadAnswer>> preupload(
    Hub& hub, const RepoId& repo, const PreuploadOptions& options,
    const std::vector<PreuploadFile>& files) {
  Call call;
  call.method = "POST";
  call.action = "ask about new files of " + describe(repo);
  call.url =
      repo_url(hub, repo, "/preupload" + revision_segment(options.revision));
  if (options.create_pr) call.url.add_query("create_pr", "1");
  call.headers.set("Content-Type", "application/json");
  call.body = http::text_body(question(options, files));
  const auto json = HUG_TRY(fetch_json(hub, call));
  std::map<std::string, PreuploadAnswer, std::less<>> by_path;
  if (const auto* list = data::find_array(json, "files")) {
    for (const auto& item : *list) {
      auto path =
          HUG_TRY(need_string(item, "path", "a question about new files"));
      by_path[std::move(path)] = HUG_TRY(parse_answer(item));
    }
  }
  std::vector<PreuploadAnswer> answers;
  answers.reserve(files.size());
  for (const auto& file : files) {
    const auto found = by_path.find(file.path);
    if (found == by_path.end()) {
      return Error(Code::kCorrupt,
                   "the hub says nothing about '" + file.path + "'");
    }
    answers.push_back(found->second);
    // An empty file is never a large object: there would be nothing to send.
    if (file.size == 0) answers.back().large = false;
  }
  return answers;
}

Result<std::vector<std::string>> validate_card(Hub& hub, RepoType type,
                                               std::string_view content) {
  Call call;
  call.method = "POST";
  call.action = "check README.md";
  call.url = hub_url(hub, "/api/validate-yaml");
  set_json(call, {{"content", content}, {"repoType", repo_type_name(type)}});
  const auto response = HUG_TRY(exchange(hub, call));
  const auto json = data::parse_json(response.body, "answer");
  if (!json || (response.status != 200 && response.status != 400)) {
    return std::vector<std::string>();
  }
  const auto errors = messages(*json, "errors");
  if (response.status == 400 && !errors.empty()) {
    return Error(Code::kUsage, "the metadata of README.md is wrong: " +
                                   base::join(errors, "; "))
        .hint("correct the YAML block at the top of README.md");
  }
  return messages(*json, "warnings");
}

}  // namespace hug::api
