// Which token counts, and what is stored.
#include <string>

#include "api/oauth.h"
#include "api/session.h"
#include "api/token_store.h"
#include "base/strings.h"
#include "hug/auth.h"

namespace hug {

namespace {

using api::TokenStore;

std::string from_variable(const sys::Env& env, std::string_view name) {
  const auto value = env.find(name);
  return value ? api::clean_token(*value) : std::string();
}

/// HF_TOKEN, else the older name; source kNone when neither says anything.
ActiveToken environment_token(const sys::Env& env) {
  for (const std::string name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    auto value = from_variable(env, name);
    if (!value.empty()) return {TokenSource::kEnv, name, std::move(value)};
  }
  return {};
}

Result<ActiveToken> look_up(Hub& hub) {
  const auto& parts = hub.parts();
  const auto& surroundings = parts.surroundings();
  const auto& env = surroundings.env;
  if (parts.options.token) {
    auto value = api::clean_token(*parts.options.token);
    if (value.empty()) return ActiveToken{};
    return ActiveToken{TokenSource::kOption, "--token", std::move(value)};
  }
  if (const auto off = env.find("HF_HUB_DISABLE_IMPLICIT_TOKEN");
      off && base::parse_flag(*off)) {
    return ActiveToken{};
  }
  const auto resource = from_variable(env, "HF_OIDC_RESOURCE");
  if (!resource.empty() && !hub.offline()) {
    return ActiveToken{TokenSource::kOidc, "HF_OIDC_RESOURCE",
                       HUG_TRY(api::exchange_identity(hub, resource))};
  }
  auto token = environment_token(env);
  if (token.source != TokenSource::kNone) return token;
  const TokenStore store(surroundings);
  auto value = HUG_TRY(store.active());
  if (!value) return ActiveToken{};
  return ActiveToken{TokenSource::kFile, store.token_path(),
                     api::renewed(hub, store, std::move(*value))};
}

Result<std::vector<api::NamedToken>> matching(const TokenStore& store,
                                              std::string_view name) {
  std::vector<api::NamedToken> out;
  for (auto& token : HUG_TRY(store.all())) {
    if (name.empty() || token.name == name) out.push_back(std::move(token));
  }
  return out;
}

Error unknown_name(std::string_view name) {
  return Error(Code::kNotFound,
               "no stored token is called '" + std::string(name) + "'")
      .hint("see 'hug auth list'");
}

}  // namespace

Result<ActiveToken> active_token(Hub& hub) {
  auto& parts = hub.parts();
  {
    const std::lock_guard lock(parts.mutex);
    if (parts.token) return *parts.token;
  }
  auto token = HUG_TRY(look_up(hub));
  const std::lock_guard lock(parts.mutex);
  if (!parts.token) parts.token = std::move(token);
  return *parts.token;
}

Result<StoredTokens> list_tokens(Context& context) {
  const auto& parts = context.parts();
  const TokenStore store(parts);
  const auto current = HUG_TRY(store.active());
  StoredTokens out;
  out.environment_active =
      environment_token(parts.env).source != TokenSource::kNone;
  for (const auto& token : HUG_TRY(store.all())) {
    out.tokens.push_back({token.name, api::mask_token(token.value),
                          current == token.value, token.expires_at});
  }
  return out;
}

Result<LogoutResult> logout(Context& context, std::string_view name) {
  const auto& parts = context.parts();
  const TokenStore store(parts);
  const auto current = HUG_TRY(store.active());
  LogoutResult out;
  out.environment_active =
      environment_token(parts.env).source != TokenSource::kNone;
  if (name.empty()) {
    const bool had_active = HUG_TRY(store.clear_active());
    const bool had_stored = HUG_TRY(store.remove_all());
    out.was_logged_in = had_active || had_stored;
    out.was_active = had_active;
    return out;
  }
  const auto found = HUG_TRY(matching(store, name));
  if (found.empty()) return unknown_name(name);
  out.was_logged_in = true;
  HUG_TRY(store.remove(name));
  if (current == found.front().value) {
    HUG_TRY(store.clear_active());
    out.was_active = true;
  }
  return out;
}

Result<LoginResult> switch_token(Context& context, std::string_view name) {
  const TokenStore store(context.parts());
  const auto found = HUG_TRY(store.find(name));
  if (!found) return unknown_name(name);
  HUG_TRY(store.set_active(found->value));
  return LoginResult{found->name, "", "", store.token_path(),
                     store.stored_path()};
}

}  // namespace hug
