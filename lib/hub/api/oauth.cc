#include "api/oauth.h"

#include <nlohmann/json.hpp>

#include "api/address.h"
#include "api/session.h"
#include "base/strings.h"
#include "data/json.h"
#include "http/http.h"

namespace hug::api {

namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;
constexpr const char* kClientId = "26be6b09-91c5-47da-9861-d2d2bb7a7e36";

std::string variable(const Hub& hub, std::string_view name) {
  const auto value = hub.parts().surroundings().env.find(name);
  return value ? std::string(base::trim(*value)) : std::string();
}

OauthAnswer read_answer(const http::Response& response) {
  OauthAnswer answer;
  const auto json = data::parse_json(response.body, "OAuth answer");
  if (response.status >= 500 || !json || !json->is_object()) {
    answer.again = true;
    return answer;
  }
  answer.error = data::find_string(*json, "error").value_or("");
  answer.error_text =
      data::find_string(*json, "error_description").value_or(answer.error);
  answer.access = data::find_string(*json, "access_token").value_or("");
  answer.refresh = data::find_string(*json, "refresh_token").value_or("");
  answer.expires_in = data::find_signed(*json, "expires_in");
  if (answer.access.empty() && answer.error.empty()) answer.again = true;
  return answer;
}

void warn(const Hub& hub, const std::string& text) {
  hub.parts().surroundings().emit(
      {.kind = Event::Kind::kWarning, .text = text});
}

std::optional<NamedToken> find_by_value(const TokenStore& store,
                                        const std::string& value) {
  const auto all = store.all();
  if (!all) return std::nullopt;
  for (const auto& token : *all) {
    if (token.value == value) return token;
  }
  return std::nullopt;
}

bool ends_soon(const Hub& hub, const NamedToken& token) {
  return !token.refresh.empty() && token.expires_at &&
         *token.expires_at - unix_now(hub) < kDay;
}

/// Keeps the successor; the token file changes only while it holds the old.
Result<void> keep(Hub& hub, const TokenStore& store, NamedToken token,
                  const OauthAnswer& answer) {
  const auto old = token.value;
  token.value = answer.access;
  if (!answer.refresh.empty()) token.refresh = answer.refresh;
  token.expires_at.reset();
  if (answer.expires_in) {
    token.expires_at = unix_now(hub) + *answer.expires_in;
  }
  HUG_TRY(store.put(token));
  if (HUG_TRY(store.active()) == old) HUG_TRY(store.set_active(token.value));
  return {};
}

Result<std::string> renew(Hub& hub, const TokenStore& store,
                          const NamedToken& before) {
  const auto lock = HUG_TRY(store.lock());
  const auto now = HUG_TRY(store.find(before.name));
  if (!now) return before.value;
  if (now->value != before.value) return now->value;  // another process did
  const auto answer =
      HUG_TRY(ask_token(hub, {{"grant_type", "refresh_token"},
                              {"refresh_token", now->refresh},
                              {"client_id", oauth_client_id(hub)}}));
  if (answer.access.empty()) {
    return Error(Code::kUnauthorized, answer.error.empty()
                                          ? "the hub gave no answer"
                                          : answer.error_text);
  }
  HUG_TRY(keep(hub, store, *now, answer));
  return answer.access;
}

/// The identity token of a GitHub Actions job.
Result<std::string> github_identity(Hub& hub) {
  const auto url = variable(hub, "ACTIONS_ID_TOKEN_REQUEST_URL");
  const auto secret = variable(hub, "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  if (url.empty() || secret.empty()) {
    return Error(Code::kUnauthorized, "the job has no identity to show")
        .hint("give the job 'permissions: id-token: write'");
  }
  http::Request request;
  request.url = HUG_TRY(http::parse_url(url));
  request.url.add_query("audience", hub.endpoint());
  request.credential =
      http::bearer(base::Secret(secret), {request.url.origin()});
  auto& parts = hub.parts();
  const auto response =
      HUG_TRY(parts.client->send_retrying(request, parts.surroundings().stop));
  if (!response.ok()) return http::status_error(response);
  const auto json = HUG_TRY(data::parse_json(response.body, "identity"));
  auto value = data::find_string(json, "value");
  if (!value) {
    return Error(Code::kUnauthorized, "the identity has no value");
  }
  return std::move(*value);
}

}  // namespace

std::int64_t unix_now(const Hub& hub) {
  const auto time = hub.parts().surroundings().clock->wall();
  return std::chrono::duration_cast<std::chrono::seconds>(
             time.time_since_epoch())
      .count();
}

std::string oauth_client_id(const Hub& hub) {
  auto id = variable(hub, "HF_DEVICE_CODE_OAUTH_CLIENT_ID");
  return id.empty() ? kClientId : id;
}

Result<OauthAnswer> ask_token(Hub& hub, const http::Query& form) {
  Call call;
  call.method = "POST";
  call.action = "get a token";
  call.url = hub_url(hub, "/oauth/token");
  call.authorized = false;
  call.retry = false;
  set_form(call, form);
  const auto response = exchange(hub, call);
  if (response) return read_answer(*response);
  const auto code = response.error().code();
  if (code == Code::kCancelled || code == Code::kOffline) {
    return response.error();
  }
  OauthAnswer answer;
  answer.again = true;
  return answer;
}

std::string renewed(Hub& hub, const TokenStore& store, std::string token) {
  const auto known = find_by_value(store, token);
  if (!known || !ends_soon(hub, *known) || hub.offline()) return token;
  const auto fresh = renew(hub, store, *known);
  if (fresh) return *fresh;
  warn(hub, "the token '" + known->name + "' could not be renewed (" +
                fresh.error().message() + "); sign in again soon");
  return token;
}

Result<std::string> exchange_identity(Hub& hub, const std::string& resource) {
  auto identity = variable(hub, "HF_OIDC_ID_TOKEN");
  if (identity.empty()) {
    if (!base::parse_flag(variable(hub, "GITHUB_ACTIONS"))) {
      return Error(Code::kUnauthorized,
                   "HF_OIDC_RESOURCE is set but there is no identity token")
          .hint("set HF_OIDC_ID_TOKEN");
    }
    identity = HUG_TRY(github_identity(hub));
  }
  Call call;
  call.method = "POST";
  call.action = "exchange the job's identity for a token";
  call.url = hub_url(hub, "/oauth/token");
  call.authorized = false;
  set_json(call,
           {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
            {"subject_token_type", "urn:ietf:params:oauth:token-type:id_token"},
            {"subject_token", identity},
            {"resource", resource}});
  const auto json = HUG_TRY(fetch_json(hub, call));
  auto token = data::find_string(json, "access_token");
  if (!token || token->empty()) {
    return Error(Code::kUnauthorized, "the hub gave no token for the identity");
  }
  return std::move(*token);
}

}  // namespace hug::api
