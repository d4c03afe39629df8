// Answers of the HTTP API: JSON, and errors in the form that Hub clients
// understand (status, X-Error-Code, X-Error-Message, a JSON body).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "http/server/server.h"
#include "hug/result.h"

namespace hug::hub {

using Reply = Result<http::ServerResponse>;

http::ServerResponse json_reply(const nlohmann::json& body, int status = 200);
/// The same for text that is JSON already.
http::ServerResponse json_text_reply(std::string body, int status = 200);

/// As a header value: one line of printable ASCII, everything else as '?'.
std::string header_text(std::string_view text);

/// The status that an error is answered with.
int status_of(const Error& error);
/// Messages of errors that are the hub's own fault (5xx) are not shown: they
/// may name paths.
http::ServerResponse error_reply(const Error& error);

// The errors of chapter and verse; each names what clients look for.
Error repo_not_found();
Error invalid_login();
Error login_needed();
Error not_allowed(std::string_view what);
Error bad_request(std::string message);

}  // namespace hug::hub
