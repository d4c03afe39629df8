#include "hub/service.h"

#include <algorithm>

#include "sys/random.h"

namespace hug::hub {
namespace {

constexpr const char* kExposed =
    "ETag, Link, X-Linked-Size, X-Linked-Etag, X-Repo-Commit, X-Error-Code, "
    "X-Error-Message, X-Request-Id, X-Total-Count, Content-Range, "
    "Accept-Ranges";

// Requests whose body must not be kept in memory.
bool has_streamed_body(const http::ServerRequest& request) {
  return request.method == "PUT" || request.method == "POST";
}

}  // namespace

Service::Service(Context& context, Store& store, HubServerOptions options,
                 Signer signer)
    : context_(context),
      parts_{store, std::move(options), std::move(signer),
             Transfers(store.clock())} {}

bool Service::origin_allowed(const http::ServerRequest& request) const {
  const auto origin = request.headers.find("Origin");
  if (!origin) return true;
  if (*origin == "http://" + std::string(request.headers.get("Host"))) {
    return true;
  }
  const auto& allowed = parts_.options.allowed_origins;
  return std::find(allowed.begin(), allowed.end(), *origin) != allowed.end();
}

http::ServerResponse Service::preflight(
    const http::ServerRequest& request) const {
  http::ServerResponse out;
  out.status = 204;
  if (request.headers.has("Origin") && origin_allowed(request)) {
    out.headers.set("Access-Control-Allow-Methods",
                    "GET, HEAD, POST, PUT, DELETE");
    out.headers.set("Access-Control-Allow-Headers",
                    "Authorization, Content-Type, Range");
    out.headers.set("Access-Control-Max-Age", "600");
  }
  return out;
}

// What every answer carries.
void Service::finish(const http::ServerRequest& request,
                     http::ServerResponse& response) {
  if (!response.headers.has("X-Request-Id")) {
    response.headers.set("X-Request-Id", sys::random_hex(16));
  }
  const auto origin = request.headers.find("Origin");
  if (origin && origin_allowed(request)) {
    response.headers.set("Access-Control-Allow-Origin", *origin);
    response.headers.set("Access-Control-Expose-Headers", kExposed);
    response.headers.add("Vary", "Origin");
  }
  if (base::equal_ignoring_case(request.headers.get("Connection"), "close")) {
    response.headers.set("Connection", "close");
  }
}

http::ServerResponse Service::report(const http::ServerRequest& request,
                                     const Error& error) {
  http::ServerResponse out = error_reply(error);
  if (out.status >= 500) {
    const std::string id = sys::random_hex(16);
    out.headers.set("X-Request-Id", id);
    context_.parts().log(LogLevel::kError,
                         "request " + id + ": " + request.method + " " +
                             request.path + ": " + error.message());
  }
  return out;
}

std::optional<http::ServerResponse> Service::on_head(
    http::ServerRequest& request) {
  // The body of a refused request is read and forgotten by the server.
  const auto refuse = [&](const Error& error) {
    http::ServerResponse out = report(request, error);
    out.headers.set("Connection", "close");
    finish(request, out);
    return out;
  };
  if (request.method != "GET" && request.method != "HEAD" &&
      request.method != "OPTIONS" && !origin_allowed(request)) {
    return refuse(Error(Code::kDenied, "This origin may not call the hub"));
  }
  if (!has_streamed_body(request)) return std::nullopt;
  Exchange exchange(parts_, request);
  if (auto ready = exchange.prepare(); !ready) return refuse(ready.error());
  if (auto begun = dispatch_head(exchange); !begun) {
    return refuse(begun.error());
  }
  return std::nullopt;
}

http::ServerResponse Service::answer(http::ServerRequest& request) {
  if (request.method == "OPTIONS") return preflight(request);
  Exchange exchange(parts_, request);
  if (auto ready = exchange.prepare(); !ready) {
    return report(request, ready.error());
  }
  Reply reply = dispatch(exchange);
  return reply ? std::move(*reply) : report(request, reply.error());
}

http::ServerResponse Service::handle(http::ServerRequest& request) {
  http::ServerResponse out = answer(request);
  finish(request, out);
  return out;
}

}  // namespace hug::hub
