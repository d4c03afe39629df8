#include "hub/api/reply.h"

#include <nlohmann/json.hpp>

#include "data/data.h"

namespace hug::hub {

http::ServerResponse json_reply(const nlohmann::json& body, int status) {
  return json_text_reply(data::dump_json(body), status);
}

http::ServerResponse json_text_reply(std::string body, int status) {
  http::ServerResponse out;
  out.status = status;
  out.headers.set("Content-Type", "application/json; charset=utf-8");
  out.body = std::move(body);
  return out;
}

std::string header_text(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 1000)) {
    out += c >= 0x20 && c < 0x7f ? c : '?';
  }
  return out;
}

int status_of(const Error& error) {
  if (error.http_status() != 0) return error.http_status();
  // What is corrupt here is the hub's own.
  if (error.code() == Code::kCorrupt) return 500;
  return http::status_for(error.code());
}

http::ServerResponse error_reply(const Error& error) {
  const int status = status_of(error);
  std::string message = error.message();
  if (status == 507) message = "The hub's disk is full";
  if (status == 500) message = "Internal error of the hub";
  if (!error.hint().empty() && status < 500) message += "; " + error.hint();
  http::ServerResponse out = json_reply({{"error", message}}, status);
  if (!error.remote_code().empty()) {
    out.headers.set("X-Error-Code", error.remote_code());
  }
  out.headers.set("X-Error-Message", header_text(message));
  if (status == 503) out.headers.set("Retry-After", "1");
  if (status == 401) {
    out.headers.set("WWW-Authenticate",
                    "Basic realm=\"hub\", charset=\"UTF-8\"");
  }
  return out;
}

Error repo_not_found() {
  return Error(Code::kNotFound, "Repository not found").remote("RepoNotFound");
}

Error invalid_login() {
  return Error(Code::kUnauthorized,
               "Invalid credentials in Authorization header");
}

Error login_needed() {
  return Error(Code::kUnauthorized, "Invalid username or password.");
}

Error not_allowed(std::string_view what) {
  return Error(Code::kDenied, "You don't have the required permissions to " +
                                  std::string(what));
}

Error bad_request(std::string message) {
  return Error(Code::kUsage, std::move(message));
}

}  // namespace hug::hub
