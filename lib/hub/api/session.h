// A hub as the library sees it from inside: the client, the token, and the one
// way in which API calls are made and their refusals become Errors.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/json_items.h"
#include "http/client/client.h"
#include "hug/auth.h"
#include "hug/hub.h"
#include "sys/context.h"

namespace hug {

struct Hub::Parts {
  Context* context = nullptr;
  HubOptions options = {};
  std::string endpoint = {};  // without trailing slash
  http::Url base = {};        // the endpoint, parsed
  std::string offline = {};   // what says so; empty: online
  std::unique_ptr<http::Client> client = {};

  std::mutex mutex = {};
  std::optional<ActiveToken> token = {};  // once it was looked up

  Context::Parts& surroundings() const { return context->parts(); }
};

}  // namespace hug

namespace hug::api {

/// One request to the hub itself.
struct Call {
  std::string method = "GET";
  http::Url url = {};
  http::Headers headers = {};
  http::BodySourcePtr body = {};
  /// "cannot list 'a/b'": what errors begin with.
  std::string action = {};
  std::string bucket = "api";
  http::Redirects redirects = http::Redirects::kFollow;
  bool compressed = true;
  bool retry = true;
  /// False: the request carries no token (signed URLs, sign-in).
  bool authorized = true;
  std::uint64_t max_body = std::uint64_t{64} << 20;
  std::function<void(std::uint64_t sent)> on_sent = {};
};

/// Sends. Answers of any status are returned; errors are those of the client.
Result<http::Response> exchange(Hub& hub, const Call& call,
                                http::BodySink* sink = nullptr);
/// Sends; an answer that is not 2xx becomes hub_error().
Result<http::Response> send(Hub& hub, const Call& call,
                            http::BodySink* sink = nullptr);
/// Sends and parses the answer.
Result<nlohmann::json> fetch_json(Hub& hub, const Call& call);
/// Follows Link rel="next" over pages that are arrays; `take` gets each item
/// and returns false to stop.
Result<void> fetch_pages(Hub& hub, Call call, const data::TakeItem& take);

/// A JSON body with its Content-Type.
void set_json(Call& call, const nlohmann::json& body);
void set_form(Call& call, const http::Query& form);

/// What a refusal means. `action` as in Call.
Error hub_error(const http::Response& response, const std::string& action);

/// The credential requests to this hub carry; nothing without a token.
Result<std::optional<http::Credential>> credential(Hub& hub);
/// The client's request for a call, credential included.
Result<http::Request> make_request(Hub& hub, const Call& call);

/// Origins the token may go to: the endpoint's, and for the default endpoint
/// its second name.
std::vector<http::Origin> hub_origins(const Hub& hub);

}  // namespace hug::api
