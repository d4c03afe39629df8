// Who the caller is: tokens, where they are kept, signing in and out. Files and
// their formats are shared with the Python client ($HF_HOME/token,
// stored_tokens).
//
// Token order: OIDC exchange when HF_OIDC_RESOURCE is set (a failure is an
// error), HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the token file (refreshed when it
// is an OAuth token that ends soon).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/context.h"
#include "hug/export.h"
#include "hug/hub.h"
#include "hug/result.h"

namespace hug {

struct Organization {
  std::string name = {};
  std::string fullname = {};
  std::string role = {};
};

struct Identity {
  std::string type = {};  ///< "user" or "org"
  std::string name = {};
  std::string fullname = {};
  std::string email = {};
  std::vector<Organization> organizations = {};
  std::string token_name = {};  ///< as shown in the hub's settings
  std::string token_role = {};  ///< "read", "write", "fineGrained"; or empty
  std::string json = {};        ///< the whole answer
};

/// Errors: kUnauthorized without a token, or naming where the refused token
/// came from.
HUG_EXPORT Result<Identity> whoami(Hub& hub);

enum class TokenSource : std::uint8_t {
  kNone,
  kOption,  // given by the caller
  kOidc,    // exchanged for a CI identity
  kEnv,     // HF_TOKEN or HUGGING_FACE_HUB_TOKEN
  kFile,    // the token file
};

struct ActiveToken {
  TokenSource source = TokenSource::kNone;
  std::string name = {};   ///< of the variable, file or stored token
  std::string value = {};  ///< the secret itself: never print it unasked
};

/// The token requests of this hub carry (source kNone when there is none).
HUG_EXPORT Result<ActiveToken> active_token(Hub& hub);

struct StoredToken {
  std::string name = {};
  std::string masked = {};  ///< "hf_****abcd"
  bool active = false;
  std::optional<std::int64_t> expires_at = {};  ///< Unix seconds
};

/// Sorted by name. `environment_active` in the result tells that a variable
/// wins over all of them.
struct StoredTokens {
  std::vector<StoredToken> tokens = {};
  bool environment_active = false;
};

/// Errors: kCorrupt when the file cannot be understood (it is never
/// overwritten then).
HUG_EXPORT Result<StoredTokens> list_tokens(Context& context);

struct LoginResult {
  std::string token_name = {};
  std::string role = {};
  std::string user = {};
  std::string token_path = {};
  std::string stored_path = {};
};

/// Checks a token against the hub, then keeps it and makes it the active one.
/// Errors: kUnauthorized, kUsage for organisation tokens and empty ones.
HUG_EXPORT Result<LoginResult> login(Hub& hub, std::string_view token);

struct DeviceLogin {
  std::string user_code = {};
  std::string verification_uri = {};
  std::string verification_uri_complete = {};
  std::chrono::seconds expires_in{900};
  std::chrono::seconds interval{5};
  std::string device_code = {};  ///< secret; for finish_device_login
};

/// Starts signing in through a browser: show the code and the address.
HUG_EXPORT Result<DeviceLogin> start_device_login(Hub& hub);
/// Waits until the user agreed, then keeps the token as login() does. Ends
/// with kCancelled through the context's stop token, kTimeout when the code
/// expired, kDenied when the user said no. `on_wait` (may be null) is called
/// after each unsuccessful question.
HUG_EXPORT Result<LoginResult> finish_device_login(
    Hub& hub, const DeviceLogin& device, void (*on_wait)(void* user) = nullptr,
    void* user = nullptr);

struct LogoutResult {
  bool was_logged_in = false;
  bool was_active = false;          ///< of a named token: it was in use
  bool environment_active = false;  ///< HF_TOKEN still signs the user in
};

/// Removes one stored token, or (empty) all of them and the token file.
/// Errors: kNotFound for an unknown name.
HUG_EXPORT Result<LogoutResult> logout(Context& context,
                                       std::string_view name = {});
/// Makes a stored token the active one. Errors: kNotFound.
HUG_EXPORT Result<LoginResult> switch_token(Context& context,
                                            std::string_view name);

/// Names of the credential helpers git is configured with.
HUG_EXPORT Result<std::vector<std::string>> git_credential_helpers(
    Context& context);
/// Gives the active token to git's credential helper, or takes it away.
/// Nothing goes through a command line. Errors: kNotFound without git.
HUG_EXPORT Result<void> save_git_credential(Hub& hub, std::string_view token);
HUG_EXPORT Result<void> forget_git_credential(Hub& hub);

}  // namespace hug
