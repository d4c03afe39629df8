// Signing in: asking the hub who a token is, keeping it, device codes.
#include <nlohmann/json.hpp>

#include "api/address.h"
#include "api/oauth.h"
#include "api/parse.h"
#include "api/session.h"
#include "api/token_store.h"
#include "data/json.h"
#include "hug/auth.h"

namespace hug {

namespace {

Identity parse_identity(const nlohmann::json& json) {
  Identity me;
  const auto text = [&](const char* key) {
    return data::find_string(json, key).value_or("");
  };
  me.type = text("type");
  me.name = text("name");
  me.fullname = text("fullname");
  me.email = text("email");
  if (const auto* orgs = data::find_array(json, "orgs")) {
    for (const auto& org : *orgs) {
      me.organizations.push_back(
          {data::find_string(org, "name").value_or(""),
           data::find_string(org, "fullname").value_or(""),
           data::find_string(org, "roleInOrg").value_or("")});
    }
  }
  if (const auto* auth = data::find_object(json, "auth")) {
    if (const auto* token = data::find_object(*auth, "accessToken")) {
      me.token_name = data::find_string(*token, "displayName").value_or("");
      me.token_role = data::find_string(*token, "role").value_or("");
    }
  }
  me.json = data::dump_json(json);
  return me;
}

std::string source_text(const ActiveToken& token) {
  switch (token.source) {
    case TokenSource::kOption:
      return "the token given with --token";
    case TokenSource::kOidc:
      return "the token of the CI job";
    case TokenSource::kEnv:
      return "the token in " + token.name;
    case TokenSource::kFile:
      return "the token in '" + token.name + "'";
    case TokenSource::kNone:
      break;
  }
  return "no token";
}

Result<Identity> identify(Hub& hub, const ActiveToken& token) {
  api::Call call;
  call.action = "ask the hub who is signed in";
  call.url = api::hub_url(hub, "/api/whoami-v2");
  call.authorized = false;
  auto request = HUG_TRY(api::make_request(hub, call));
  request.credential =
      http::bearer(base::Secret(token.value), api::hub_origins(hub));
  auto& parts = hub.parts();
  const auto response =
      HUG_TRY(parts.client->send_retrying(request, parts.surroundings().stop));
  if (response.status == 401) {
    return api::hub_error(
        response, "sign in: " + source_text(token) + " is not accepted");
  }
  if (!response.ok()) return api::hub_error(response, call.action);
  const auto json = HUG_TRY(data::parse_json(response.body, "whoami"));
  auto me = parse_identity(json);
  if (me.name.empty()) {
    return Error(Code::kCorrupt, "the hub's answer to whoami has no name");
  }
  return me;
}

/// Stores a token under the name the hub has for it and makes it active.
Result<LoginResult> keep(Hub& hub, api::NamedToken token, const Identity& me) {
  const api::TokenStore store(hub.parts().surroundings());
  token.name = me.token_name.empty() ? "oauth-" + me.name : me.token_name;
  {
    const auto lock = HUG_TRY(store.lock());
    HUG_TRY(store.put(token));
    HUG_TRY(store.set_active(token.value));
  }
  return LoginResult{token.name, me.token_role, me.name, store.token_path(),
                     store.stored_path()};
}

Result<LoginResult> keep_answer(Hub& hub, const api::OauthAnswer& answer) {
  const auto me =
      HUG_TRY(identify(hub, {TokenSource::kOption, "", answer.access}));
  api::NamedToken token;
  token.value = answer.access;
  token.refresh = answer.refresh;
  if (answer.expires_in) {
    token.expires_at = api::unix_now(hub) + *answer.expires_in;
  }
  return keep(hub, token, me);
}

std::chrono::seconds seconds_of(const nlohmann::json& json, const char* key,
                                std::int64_t fallback, std::int64_t most) {
  const auto value = data::find_signed(json, key).value_or(fallback);
  return std::chrono::seconds(std::clamp<std::int64_t>(value, 0, most));
}

}  // namespace

Result<Identity> whoami(Hub& hub) {
  const auto token = HUG_TRY(active_token(hub));
  if (token.source == TokenSource::kNone) {
    return Error(Code::kUnauthorized, "not logged in")
        .hint("run 'hug auth login' or set HF_TOKEN");
  }
  return identify(hub, token);
}

Result<LoginResult> login(Hub& hub, std::string_view text) {
  const auto value = api::clean_token(text);
  if (value.empty()) return Error(Code::kUsage, "the token is empty");
  if (value.starts_with("api_org")) {
    return Error(Code::kUsage, "this is a token of an organization")
        .hint("use a token of your own account");
  }
  for (const char c : value) {
    if (c <= ' ' || c > '~') {
      return Error(Code::kUsage, "the token has characters no token has");
    }
  }
  const auto me = HUG_TRY(identify(hub, {TokenSource::kOption, "", value}));
  return keep(hub, {"", value, "", {}}, me);
}

Result<DeviceLogin> start_device_login(Hub& hub) {
  api::Call call;
  call.method = "POST";
  call.action = "start signing in";
  call.url = api::hub_url(hub, "/oauth/device");
  call.authorized = false;
  api::set_form(call, {{"client_id", api::oauth_client_id(hub)}});
  const auto json = HUG_TRY(api::fetch_json(hub, call));
  constexpr const char* kWhat = "a request for a device code";
  DeviceLogin device;
  device.device_code = HUG_TRY(api::need_string(json, "device_code", kWhat));
  device.user_code = HUG_TRY(api::need_string(json, "user_code", kWhat));
  device.verification_uri =
      HUG_TRY(api::need_string(json, "verification_uri", kWhat));
  device.verification_uri_complete =
      data::find_string(json, "verification_uri_complete")
          .value_or(device.verification_uri);
  device.expires_in = seconds_of(json, "expires_in", 900, 24 * 60 * 60);
  device.interval = seconds_of(json, "interval", 5, 600);
  return device;
}

Result<LoginResult> finish_device_login(Hub& hub, const DeviceLogin& device,
                                        void (*on_wait)(void* user),
                                        void* user) {
  const auto& surroundings = hub.parts().surroundings();
  auto interval = device.interval;
  const auto end = surroundings.clock->now() + device.expires_in;
  while (surroundings.clock->now() < end) {
    const auto answer = HUG_TRY(api::ask_token(
        hub, {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
              {"device_code", device.device_code},
              {"client_id", api::oauth_client_id(hub)}}));
    if (!answer.access.empty()) return keep_answer(hub, answer);
    if (answer.error == "slow_down") interval += std::chrono::seconds(5);
    const bool wait = answer.again || answer.error == "slow_down" ||
                      answer.error == "authorization_pending";
    if (answer.error == "expired_token") break;
    if (!wait) {
      return Error(Code::kDenied, "signing in failed: " + answer.error_text);
    }
    if (on_wait != nullptr) on_wait(user);
    HUG_TRY(surroundings.clock->sleep(interval, surroundings.stop));
  }
  return Error(Code::kTimeout, "the code was not confirmed in time")
      .hint("run 'hug auth login' again");
}

}  // namespace hug
