#include "api/session.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/address.h"
#include "base/strings.h"
#include "data/json.h"
#include "http/http.h"
#include "sys/env.h"

namespace hug {

namespace {

/// The variable that says "offline", or empty. A value of HF_HUB_OFFLINE masks
/// TRANSFORMERS_OFFLINE, also when it says no.
std::string offline_cause(const sys::Env& env) {
  for (const std::string name : {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}) {
    const auto value = env.find(name);
    if (!value || value->empty()) continue;
    return base::parse_flag(*value) ? name : std::string();
  }
  return {};
}

std::string choose_endpoint(const HubOptions& options, const sys::Env& env) {
  auto text = options.endpoint;
  if (text.empty()) {
    if (const auto set = env.find("HF_ENDPOINT")) text = *set;
  }
  if (text.empty()) {
    const auto staging = env.find("HUGGINGFACE_CO_STAGING");
    const bool on = staging && base::parse_flag(*staging);
    text = on ? "https://hub-ci.huggingface.co"
              : std::string(api::kDefaultEndpoint);
  }
  while (text.ends_with('/'))
    text.pop_back();
  return text;
}

http::ClientOptions client_settings(const HubOptions& options,
                                    const sys::Env& env) {
  auto settings = http::client_options(env);
  settings.user_agent = options.user_agent.empty()
                            ? std::string("hug/0.1.0")
                            : options.user_agent + "; hug/0.1.0";
  if (env.is_set("HF_HUB_USER_AGENT_ORIGIN"))
    settings.user_agent += "; origin/" + env.text("HF_HUB_USER_AGENT_ORIGIN");
  settings.timeouts.connect = options.connect_timeout;
  settings.timeouts.first_byte = options.timeout;
  settings.timeouts.stall =
      std::min(options.timeout, std::chrono::milliseconds(30'000));
  settings.limit_rate = options.limit_rate;
  settings.retry.attempts = static_cast<int>(options.retries) + 1;
  if (options.insecure) settings.tls.verify = false;
  return settings;
}

}  // namespace

Hub::Hub(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}

Hub::Hub(Hub&&) noexcept = default;
Hub& Hub::operator=(Hub&&) noexcept = default;
Hub::~Hub() = default;

Result<Hub> Hub::open(Context& context, HubOptions options) {
  const auto& surroundings = context.parts();
  auto parts = std::make_unique<Parts>();
  parts->context = &context;
  parts->endpoint = choose_endpoint(options, surroundings.env);
  parts->base = HUG_TRY_WITH(http::parse_url(parts->endpoint),
                             "reading the hub's endpoint");
  if (parts->base.query || !parts->base.userinfo.empty()) {
    return Error(Code::kUsage, "the endpoint '" + parts->base.display() +
                                   "' has a query or a user name")
        .hint("give only https://HOST[:PORT][/PREFIX]");
  }
  if (options.retries > 1000 || options.timeout.count() <= 0 ||
      options.connect_timeout.count() <= 0) {
    return Error(Code::kUsage,
                 "a time limit or number of retries is out of "
                 "range");
  }
  if (options.connections == 0) options.connections = 8;
  if (options.connections > 256) {
    return Error(Code::kUsage, "more than 256 connections were asked for");
  }
  parts->offline = offline_cause(surroundings.env);
  if (options.offline) {
    parts->offline = *options.offline ? "the offline option" : "";
  }
  auto settings = client_settings(options, surroundings.env);
  settings.offline = parts->offline;
  parts->client =
      std::make_unique<http::Client>(std::move(settings), surroundings.clock);
  parts->options = std::move(options);
  return Hub(std::move(parts));
}

const std::string& Hub::endpoint() const noexcept {
  return parts_->endpoint;
}

bool Hub::offline() const noexcept {
  return !parts_->offline.empty();
}

Context& Hub::context() const noexcept {
  return *parts_->context;
}

std::uint64_t Hub::requests() const noexcept {
  return parts_->client->stats().requests;
}

std::uint64_t Hub::bytes_received() const noexcept {
  return parts_->client->stats().received;
}

std::uint64_t Hub::bytes_sent() const noexcept {
  return parts_->client->stats().sent;
}

}  // namespace hug

namespace hug::api {

std::vector<http::Origin> hub_origins(const Hub& hub) {
  std::vector<http::Origin> origins{hub.parts().base.origin()};
  if (hub.endpoint() == kDefaultEndpoint) {
    origins.push_back({"https", "hf.co", 443});
  }
  return origins;
}

Result<std::optional<http::Credential>> credential(Hub& hub) {
  const auto token = HUG_TRY(active_token(hub));
  if (token.source == TokenSource::kNone) {
    return std::optional<http::Credential>();
  }
  return std::optional(
      http::bearer(base::Secret(token.value), hub_origins(hub)));
}

Result<http::Request> make_request(Hub& hub, const Call& call) {
  http::Request request;
  request.method = call.method;
  request.url = call.url;
  request.headers = call.headers;
  request.body = call.body;
  request.redirects = call.redirects;
  request.bucket = call.bucket;
  request.compressed = call.compressed;
  request.max_body = call.max_body;
  request.on_sent = call.on_sent;
  if (call.authorized) request.credential = HUG_TRY(credential(hub));
  return request;
}

Result<http::Response> exchange(Hub& hub, const Call& call,
                                http::BodySink* sink) {
  const auto request = HUG_TRY(make_request(hub, call));
  auto& parts = hub.parts();
  const auto stop = parts.surroundings().stop;
  auto response = call.retry ? parts.client->send_retrying(request, stop, sink)
                             : parts.client->send(request, stop, sink);
  if (!response && !call.action.empty()) {
    return std::move(response).error().with("trying to " + call.action);
  }
  return response;
}

Result<http::Response> send(Hub& hub, const Call& call, http::BodySink* sink) {
  auto response = HUG_TRY(exchange(hub, call, sink));
  if (!response.ok()) return hub_error(response, call.action);
  return response;
}

Result<nlohmann::json> fetch_json(Hub& hub, const Call& call) {
  const auto response = HUG_TRY(send(hub, call));
  return data::parse_json(response.body, response.url.display());
}

Result<void> fetch_pages(Hub& hub, Call call, const data::TakeItem& take) {
  bool stopped = false;
  const auto take_or_stop = [&](const auto& item) -> Result<bool> {
    stopped = !HUG_TRY(take(item));
    return !stopped;
  };
  // A server that links its pages in a circle must not hold us forever.
  for (int page = 0; page < 100'000; ++page) {
    const auto response = HUG_TRY(send(hub, call));
    HUG_TRY(data::each_json_item(response.body, response.url.display(),
                                 take_or_stop));
    if (stopped) return {};
    const auto next = http::find_link(response.headers, "next");
    if (!next) return {};
    auto url = HUG_TRY(http::resolve_url(response.url, *next));
    if (url == call.url) break;
    call.url = std::move(url);
  }
  return Error(Code::kCorrupt,
               "the pages of '" + call.url.display() + "' do not end");
}

void set_json(Call& call, const nlohmann::json& body) {
  call.headers.set("Content-Type", "application/json");
  call.body = http::text_body(data::dump_json(body));
}

void set_form(Call& call, const http::Query& form) {
  call.headers.set("Content-Type", "application/x-www-form-urlencoded");
  call.body = http::text_body(http::format_query(form));
}

}  // namespace hug::api
