// The HTTP client. A call drives its own transfer on the thread that makes it:
// there is no network thread to hand bytes to, so a byte goes from the socket
// into libcurl's buffer and from there into the sink. Connections are kept and
// handed from call to call, whatever thread makes it. As many transfers run at
// a time as there are threads that call send().
//
// libcurl never follows a redirect and never sees a credential that is not for
// the very origin it talks to; that is decided here.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/secret.h"
#include "http/body.h"
#include "http/client/retry.h"
#include "http/headers.h"
#include "http/url.h"
#include "hug/result.h"

namespace hug::sys {
class Clock;
class Env;
}  // namespace hug::sys

namespace hug::http {

/// A value of Authorization and the origins it may be sent to.
struct Credential {
  base::Secret authorization = {};   ///< "Bearer hf_..." or "Basic ..."
  std::vector<Origin> origins = {};  ///< exact; empty: none
};

/// "Bearer <token>" for these origins.
Credential bearer(const base::Secret& token, std::vector<Origin> origins);

enum class Redirects : std::uint8_t {
  kFollow,   // everywhere; https -> http is refused
  kTrusted,  // only to the same origin and to origins of the credential;
             // another target ends with the redirect itself as the answer
  kNone,     // the first answer is the answer
};

struct Timeouts {
  Millis connect{10'000};
  Millis first_byte{60'000};        ///< from the end of the request on
  Millis stall{30'000};             ///< slower than stall_rate for this long
  std::uint64_t stall_rate = 1024;  ///< bytes a second
};

struct Request {
  std::string method = "GET";
  Url url = {};
  Headers headers = {};     ///< not Authorization, Host, Content-Length
  BodySourcePtr body = {};  ///< none: no body
  std::optional<Credential> credential = {};
  Redirects redirects = Redirects::kFollow;
  int max_redirects = 10;
  /// Name of the rate limit this counts against ("api", "resolvers").
  std::string bucket = {};
  /// True: the body may be sent compressed and is decoded (JSON, listings).
  /// False: Accept-Encoding: identity (files).
  bool compressed = false;
  /// Bound on a body that is kept in memory.
  std::uint64_t max_body = std::uint64_t{64} << 20;
  std::optional<Timeouts> timeouts = {};  ///< else the client's
  /// When set, called on the calling thread while bytes of the body go out.
  std::function<void(std::uint64_t sent)> on_sent = {};
};

/// One redirect that was passed on the way.
struct Hop {
  Url url = {};
  int status = 0;
  Headers headers = {};
};

struct Response {
  int status = 0;
  Headers headers = {};
  /// The body: all of it when no sink was given; with a sink only that of an
  /// answer that is not 2xx, cut after 64 KiB.
  std::string body = {};
  Url url = {};                  ///< where the answer came from
  std::vector<Hop> hops = {};    ///< redirects before it, in order
  std::uint64_t body_bytes = 0;  ///< received, after decoding

  bool ok() const noexcept { return status >= 200 && status < 300; }
};

struct ProxySettings {
  std::string http = {};   ///< proxy URL for http targets; empty: direct
  std::string https = {};  ///< for https targets
  std::string none = {};   ///< NO_PROXY: domains, addresses, CIDR, ports, "*"
};

/// The proxy for a URL; nothing when it is reached directly.
std::optional<std::string> choose_proxy(const ProxySettings& settings,
                                        const Url& url);

struct TlsSettings {
  std::string ca_file = {};  ///< bundle; empty: none
  std::string ca_dir = {};   ///< hashed directory; empty: the system's
  bool verify = true;        ///< false only when the user said --insecure
};

struct ClientOptions {
  std::string user_agent = "hug";
  Timeouts timeouts = {};
  ProxySettings proxy = {};
  TlsSettings tls = {};
  std::uint64_t limit_rate = 0;  ///< received bytes a second over all; 0: none
  std::size_t max_header_bytes = 256 * 1024;
  bool http2 = true;  ///< over TLS, where the server offers it
  RetryPolicy retry = {};
  /// Offline: every send() fails with kOffline before a socket is opened. The
  /// text names the variable or option that says so.
  std::string offline = {};
};

/// Reads proxies and CA settings from the environment: the first of
/// SSL_CERT_FILE, CURL_CA_BUNDLE and REQUESTS_CA_BUNDLE that is not empty, and
/// SSL_CERT_DIR. Empty means default, never off.
ClientOptions client_options(const sys::Env& env);

/// Counters since the client was made.
struct ClientStats {
  std::uint64_t requests = 0;     ///< sent, redirects and retries included
  std::uint64_t received = 0;     ///< body bytes
  std::uint64_t sent = 0;         ///< body bytes
  std::uint64_t connections = 0;  ///< opened
};

/// Threads may share a client. Making one costs nothing: libcurl starts with
/// the first send().
class Client {
 public:
  Client(ClientOptions options, std::shared_ptr<sys::Clock> clock);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// One exchange: redirects are followed, nothing is retried. An answer of
  /// any status is a Response; errors are kNetwork, kTimeout, kTls,
  /// kCancelled (within 200 ms of the stop), kCorrupt (cut body, broken
  /// protocol), kLimit, kRateLimited (a window stays closed for longer than
  /// the policy waits), kUnsupported (redirect that may not be followed),
  /// kOffline, and whatever the sink returns.
  Result<Response> send(const Request& request, std::stop_token stop = {},
                        BodySink* sink = nullptr);

  /// send() with the policy of the client: transient errors and statuses are
  /// tried again; the last answer or error is returned. Only for requests
  /// that may be repeated. A sink is asked to begin() again for each attempt.
  Result<Response> send_retrying(const Request& request,
                                 std::stop_token stop = {},
                                 BodySink* sink = nullptr);

  const ClientOptions& options() const noexcept;
  ClientStats stats() const noexcept;
  RateGate& gate() noexcept;
  const std::shared_ptr<sys::Clock>& clock() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// An answer that is not 2xx as an error: status, request id, Retry-After and
/// the host are in it; the code follows the status (401 kUnauthorized, 403
/// kDenied, 404 kNotFound, 409/412 kConflict, 416 kCorrupt, 429 kRateLimited,
/// 408/5xx kNetwork, 507 kNoSpace, else kFailure).
Error status_error(const Response& response);

}  // namespace hug::http
