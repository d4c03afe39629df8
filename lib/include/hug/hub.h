// A hub that can be talked to: an endpoint, an identity, and how hard to try.
// Everything in repo.h, auth.h, download.h, upload.h, copy.h and target.h is
// done through one of these. Making one sends nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hug/context.h"
#include "hug/export.h"
#include "hug/result.h"

namespace hug {

struct HubOptions {
  /// "https://host[:port][/prefix]". Empty: HF_ENDPOINT, else the default.
  std::string endpoint = {};
  /// Unset: the token order of auth.h. Empty: no token at all.
  std::optional<std::string> token = {};
  /// Unset: HF_HUB_OFFLINE, then TRANSFORMERS_OFFLINE.
  std::optional<bool> offline = {};
  /// Attempts after the first one that bring no new bytes.
  unsigned retries = 5;
  /// No byte within this time counts as a failed attempt.
  std::chrono::milliseconds timeout{60'000};
  /// To establish a connection.
  std::chrono::milliseconds connect_timeout{10'000};
  /// Connections at once to one hub; 0: HUG_CONNECTIONS, else 8.
  unsigned connections = 0;
  /// Bytes a second for all transfers together; 0: no limit.
  std::uint64_t limit_rate = 0;
  /// Put in front of the User-Agent ("hug-cli/1.0"); may be empty.
  std::string user_agent = {};
  /// Accepts any certificate. Only for tests.
  bool insecure = false;
};

/// A connection to a hub. Functions that take one may be called from several
/// threads at once. The Context must outlive it.
class HUG_EXPORT Hub {
 public:
  /// Errors: kUsage for an endpoint that is no URL or a value out of range.
  static Result<Hub> open(Context& context, HubOptions options = {});
  Hub(Hub&&) noexcept;
  Hub& operator=(Hub&&) noexcept;
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;
  ~Hub();

  /// Without a trailing slash.
  const std::string& endpoint() const noexcept;
  /// True when no request may be sent.
  bool offline() const noexcept;
  Context& context() const noexcept;
  /// Requests sent so far, retries and redirects included.
  std::uint64_t requests() const noexcept;
  /// Body bytes received and sent so far.
  std::uint64_t bytes_received() const noexcept;
  std::uint64_t bytes_sent() const noexcept;

  struct Parts;  // lib/hub/api/session.h

  Parts& parts() const noexcept { return *parts_; }

 private:
  explicit Hub(std::unique_ptr<Parts> parts) noexcept;

  std::unique_ptr<Parts> parts_;
};

/// An API call that has no function of its own. `path` starts with '/' and is
/// sent as it is ("/api/spaces/a/b/pause"); query values are encoded.
struct ApiCall {
  std::string method = "GET";
  std::string path = {};
  std::vector<std::pair<std::string, std::string>> query = {};
  /// Sent with `content_type` unless empty.
  std::string body = {};
  std::string content_type = "application/json";
  /// Follow Link rel="next" and join the arrays of all pages; stops once
  /// `limit` items were seen (0: all).
  bool all_pages = false;
  std::size_t limit = 0;
};

struct ApiAnswer {
  int status = 0;
  std::string body = {};  ///< JSON text as a rule; bounded to 64 MiB
  std::map<std::string, std::string> headers = {};  ///< lower-case names
};

/// Errors: as the hub says (kNotFound, kUnauthorized, kDenied, kGated,
/// kConflict, kRateLimited ...), kNetwork, kTimeout, kOffline, kCancelled.
HUG_EXPORT Result<ApiAnswer> call_api(Hub& hub, const ApiCall& call);

/// An API call whose answer is an event stream (logs): `on_event` gets the
/// data of each event and returns false to stop. `idle` bounds the silence.
HUG_EXPORT Result<void> follow_events(
    Hub& hub, const ApiCall& call, std::chrono::milliseconds idle,
    bool (*on_event)(void* user, std::string_view data), void* user);

}  // namespace hug
