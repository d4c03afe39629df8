#include "http/client/client.h"

#include <algorithm>
#include <array>
#include <atomic>

#include "base/strings.h"
#include "http/client/wire.h"

namespace hug::http {
namespace {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 ||
         status == 308;
}

bool contains(const std::vector<Origin>& origins, const Origin& origin) {
  return std::ranges::find(origins, origin) != origins.end();
}

/// Fields that say what is wanted, not who asks: they go to other origins too.
bool may_cross(std::string_view name) {
  static constexpr std::array kNames = {
      "Accept",   "Accept-Language", "Content-Encoding",  "Content-Type",
      "If-Match", "If-None-Match",   "If-Modified-Since", "If-Range",
      "Range"};
  return std::ranges::any_of(kNames, [&](const char* known) {
    return base::equal_ignoring_case(name, known);
  });
}

/// Fields that are the client's own business.
bool is_ours(std::string_view name) {
  static constexpr std::array kNames = {
      "Accept-Encoding", "Authorization", "Connection", "Content-Length",
      "Cookie",          "Expect",        "Host",       "Transfer-Encoding",
      "User-Agent"};
  return std::ranges::any_of(kNames, [&](const char* known) {
    return base::equal_ignoring_case(name, known);
  });
}

/// What the next request of a chain of redirects looks like.
struct Step {
  std::string method;
  Url url;
  bool with_body = false;
  // Once a chain has left the origins it may show credentials to, whatever
  // comes after was chosen by somebody else.
  bool left_home = false;
};

void take_method(Step& step, int status) {
  const bool to_get =
      (status == 303 && step.method != "HEAD") ||
      ((status == 301 || status == 302) && step.method == "POST");
  if (!to_get) return;
  step.method = "GET";
  step.with_body = false;
}

std::string gate_key(const Url& url, const std::string& bucket) {
  const auto host = url.origin().text();
  return bucket.empty() ? host : host + " (" + bucket + ")";
}

Code code_of(int status) {
  switch (status) {
    case 400:
      return Code::kUsage;
    case 401:
      return Code::kUnauthorized;
    case 403:
      return Code::kDenied;
    case 404:
    case 410:
      return Code::kNotFound;
    case 409:
    case 412:
      return Code::kConflict;
    case 416:
      return Code::kCorrupt;
    case 429:
      return Code::kRateLimited;
    case 501:
      return Code::kUnsupported;
    case 507:
      return Code::kNoSpace;
    default:
      break;
  }
  if (status == 408 || status >= 500) return Code::kNetwork;
  return Code::kFailure;
}

}  // namespace

Credential bearer(const base::Secret& token, std::vector<Origin> origins) {
  return {base::Secret("Bearer " + token.reveal()), std::move(origins)};
}

struct Client::State {
  ClientOptions options;
  std::shared_ptr<sys::Clock> clock;
  Throttle throttle;
  RateGate gate;
  WirePool wires;
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> received{0};
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> connections{0};

  State(ClientOptions given, std::shared_ptr<sys::Clock> the_clock)
      : options(std::move(given)),
        clock(the_clock),
        throttle(options.limit_rate, the_clock),
        gate(the_clock),
        wires(options, throttle) {}

  Headers headers_for(const Request& request, const Step& step) const;
  Result<WireReply> exchange(const Request& request, const Step& step,
                             std::stop_token stop, BodySink* sink);
  Result<std::optional<Step>> next_step(const Request& request,
                                        const Step& step,
                                        const ResponseHead& head,
                                        int hops) const;
};

Headers Client::State::headers_for(const Request& request,
                                   const Step& step) const {
  Headers out;
  const bool home = step.url.origin() == request.url.origin();
  for (const auto& [name, value] : request.headers.fields()) {
    if (is_ours(name)) continue;
    const bool about_body =
        name.size() > 8 &&
        base::equal_ignoring_case(name.substr(0, 8), "Content-");
    if (about_body && !step.with_body && request.body) continue;
    if ((home && !step.left_home) || may_cross(name)) out.add(name, value);
  }
  if (request.credential && !step.left_home &&
      contains(request.credential->origins, step.url.origin())) {
    out.add("Authorization", request.credential->authorization.reveal());
  }
  return out;
}

Result<WireReply> Client::State::exchange(const Request& request,
                                          const Step& step,
                                          std::stop_token stop,
                                          BodySink* sink) {
  const auto key = gate_key(step.url, step.left_home ? "" : request.bucket);
  HUG_TRY(gate.wait(key, options.retry.max_wait, stop));
  WireRequest wire_request;
  wire_request.method = step.method;
  wire_request.url = step.url;
  wire_request.headers = headers_for(request, step);
  if (wire_request.headers.has("Authorization")) {
    wire_request.url.userinfo.clear();
  }
  if (step.with_body && request.body) {
    HUG_TRY(request.body->rewind());
    wire_request.body = request.body.get();
  }
  wire_request.sink = sink;
  wire_request.max_body = request.max_body;
  wire_request.compressed = request.compressed;
  wire_request.timeouts = request.timeouts.value_or(options.timeouts);
  wire_request.on_sent = &request.on_sent;
  auto wire = HUG_TRY(wires.take(step.url.origin()));
  requests.fetch_add(1, std::memory_order_relaxed);
  auto reply = wire->run(wire_request, std::move(stop));
  wires.give_back(std::move(wire));
  if (!reply) return reply;
  received.fetch_add(reply->received, std::memory_order_relaxed);
  sent.fetch_add(reply->sent, std::memory_order_relaxed);
  connections.fetch_add(static_cast<std::uint64_t>(reply->connects),
                        std::memory_order_relaxed);
  gate.observe(key, reply->head.status, reply->head.headers);
  return reply;
}

/// Where an answer sends us; nothing when it is the answer itself.
Result<std::optional<Step>> Client::State::next_step(const Request& request,
                                                     const Step& step,
                                                     const ResponseHead& head,
                                                     int hops) const {
  if (!is_redirect(head.status) || request.redirects == Redirects::kNone) {
    return std::optional<Step>();
  }
  const auto location = head.headers.find("Location");
  if (!location) return std::optional<Step>();
  const auto here = step.url.origin();
  auto target = resolve_url(step.url, *location);
  if (!target) {
    return Error(Code::kUnsupported, here.text() + " redirects to '" +
                                         display_url(*location) +
                                         "', which cannot be followed");
  }
  Step next = step;
  next.url = *std::move(target);
  // Names and passwords in a Location are not ours to send.
  next.url.userinfo.clear();
  next.url.fragment.clear();
  const auto there = next.url.origin();
  if (here.scheme == "https" && there.scheme == "http") {
    return Error(Code::kUnsupported, here.text() + " redirects to " +
                                         there.text() +
                                         ", which would give up encryption");
  }
  const bool trusted =
      there == here ||
      (request.credential && contains(request.credential->origins, there));
  if (!trusted && request.redirects == Redirects::kTrusted) {
    return std::optional<Step>();
  }
  if (hops >= request.max_redirects) {
    return Error(Code::kFailure,
                 "more than " + std::to_string(request.max_redirects) +
                     " redirects from " + request.url.display());
  }
  next.left_home = step.left_home || !trusted;
  take_method(next, head.status);
  return std::optional<Step>(std::move(next));
}

Client::Client(ClientOptions options, std::shared_ptr<sys::Clock> clock)
    : state_(std::make_unique<State>(std::move(options), std::move(clock))) {}

Client::~Client() = default;

Result<Response> Client::send(const Request& request, std::stop_token stop,
                              BodySink* sink) {
  if (!state_->options.offline.empty()) {
    return Error(Code::kOffline, "cannot reach " + request.url.origin().text() +
                                     ": offline mode is on (" +
                                     state_->options.offline + ")");
  }
  Response response;
  Step step{request.method, request.url, request.body != nullptr, false};
  for (;;) {
    auto reply = HUG_TRY(state_->exchange(request, step, stop, sink));
    const auto hops = static_cast<int>(response.hops.size());
    auto next = HUG_TRY(state_->next_step(request, step, reply.head, hops));
    if (!next) {
      response.status = reply.head.status;
      response.headers = std::move(reply.head.headers);
      response.body = std::move(reply.body);
      response.body_bytes = reply.received;
      response.url = std::move(step.url);
      return response;
    }
    response.hops.push_back({std::move(step.url), reply.head.status,
                             std::move(reply.head.headers)});
    step = *std::move(next);
  }
}

Result<Response> Client::send_retrying(const Request& request,
                                       std::stop_token stop, BodySink* sink) {
  Retry retry(state_->options.retry, state_->clock, stop);
  for (;;) {
    auto response = send(request, stop, sink);
    if (response && !is_transient_status(response->status)) return response;
    const auto error = response ? status_error(*response) : response.error();
    if (const auto again = retry.wait(error, false); !again) {
      if (stop.stop_requested()) return Error(Code::kCancelled, "cancelled");
      return response;
    }
  }
}

const ClientOptions& Client::options() const noexcept {
  return state_->options;
}

ClientStats Client::stats() const noexcept {
  return {state_->requests.load(), state_->received.load(), state_->sent.load(),
          state_->connections.load()};
}

RateGate& Client::gate() noexcept {
  return state_->gate;
}

const std::shared_ptr<sys::Clock>& Client::clock() const noexcept {
  return state_->clock;
}

Error status_error(const Response& response) {
  Error error(code_of(response.status), response.url.origin().text() +
                                            " answered with status " +
                                            std::to_string(response.status));
  auto out =
      std::move(error).http(response.status, request_id(response.headers));
  const auto now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
  auto wait = parse_retry_after(response.headers.get("Retry-After"), now);
  const auto limit = parse_rate_limit(response.headers.get("RateLimit"));
  if (limit && limit->remaining == 0) wait = limit->reset;
  if (wait) return std::move(out).retry_after(*wait);
  return out;
}

}  // namespace hug::http
