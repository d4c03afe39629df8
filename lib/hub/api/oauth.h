// The OAuth side of signing in: renewing tokens, device codes, CI identities.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/token_store.h"
#include "http/url.h"
#include "hug/auth.h"
#include "hug/hub.h"

namespace hug::api {

struct OauthAnswer {
  std::string access = {};
  std::string refresh = {};
  std::optional<std::int64_t> expires_in = {};  ///< seconds
  std::string error = {};  ///< "authorization_pending"; empty: granted
  std::string error_text = {};
  bool again = false;  ///< no answer that counts: ask again
};

/// A question to {E}/oauth/token with a form. Network failures and answers
/// that are no OAuth come back with `again` set.
Result<OauthAnswer> ask_token(Hub& hub, const http::Query& form);

/// The token given, or its successor when it is an OAuth token with less than
/// a day to live. A failure to renew is a warning, never an error.
std::string renewed(Hub& hub, const TokenStore& store, std::string token);

/// Exchanges the identity of a CI job (HF_OIDC_RESOURCE) for a token.
Result<std::string> exchange_identity(Hub& hub, const std::string& resource);

/// HF_DEVICE_CODE_OAUTH_CLIENT_ID, or the Hub's own.
std::string oauth_client_id(const Hub& hub);
std::int64_t unix_now(const Hub& hub);

}  // namespace hug::api
