// API calls that have no function of their own.
#include <nlohmann/json.hpp>

#include "api/address.h"
#include "api/session.h"
#include "base/strings.h"
#include "data/json.h"
#include "http/sse.h"
#include "hug/hub.h"

namespace hug {

namespace {

api::Call prepare(Hub& hub, const ApiCall& wanted) {
  api::Call call;
  call.method = wanted.method;
  call.action = "call " + wanted.path;
  call.retry = wanted.method == "GET";
  call.url = hub.parts().base;
  const auto question = wanted.path.find('?');
  call.url.append_path(wanted.path.substr(0, question));
  if (question != wanted.path.npos) {
    call.url.query = wanted.path.substr(question + 1);
  }
  for (const auto& [key, value] : wanted.query) {
    call.url.add_query(key, value);
  }
  if (!wanted.body.empty()) {
    call.headers.set("Content-Type", wanted.content_type);
    call.body = http::text_body(wanted.body);
  }
  return call;
}

Result<ApiAnswer> all_pages(Hub& hub, const api::Call& call,
                            std::size_t limit) {
  auto items = nlohmann::json::array();
  HUG_TRY(api::fetch_pages(hub, call, [&](const auto& item) -> Result<bool> {
    items.push_back(item);
    return limit == 0 || items.size() < limit;
  }));
  return ApiAnswer{200, data::dump_json(items), {}};
}

/// Feeds an event stream to a function.
class EventReader final : public http::BodySink {
 public:
  EventReader(bool (*on_event)(void*, std::string_view), void* user)
      : on_event_(on_event), user_(user) {}

  bool stopped() const noexcept { return stopped_; }

  Result<void> write(std::span<const std::byte> bytes) override {
    const auto events = HUG_TRY(parser_.feed(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    for (const auto& event : events) {
      if (on_event_(user_, event.data)) continue;
      stopped_ = true;
      return Error(Code::kCancelled, "the reader has enough");
    }
    return {};
  }

 private:
  http::SseParser parser_;
  bool (*on_event_)(void*, std::string_view);
  void* user_;
  bool stopped_ = false;
};

}  // namespace

Result<ApiAnswer> call_api(Hub& hub, const ApiCall& wanted) {
  const auto call = prepare(hub, wanted);
  if (wanted.all_pages) return all_pages(hub, call, wanted.limit);
  auto response = HUG_TRY(api::send(hub, call));
  ApiAnswer answer;
  answer.status = response.status;
  answer.body = std::move(response.body);
  for (const auto& [name, value] : response.headers.fields()) {
    answer.headers.emplace(base::to_lower(name), value);
  }
  return answer;
}

Result<void> follow_events(Hub& hub, const ApiCall& wanted,
                           std::chrono::milliseconds idle,
                           bool (*on_event)(void* user, std::string_view data),
                           void* user) {
  auto call = prepare(hub, wanted);
  call.headers.set("Accept", "text/event-stream");
  call.compressed = false;
  auto request = HUG_TRY(api::make_request(hub, call));
  http::Timeouts timeouts = hub.parts().client->options().timeouts;
  timeouts.first_byte = idle;
  timeouts.stall = idle;
  timeouts.stall_rate = 1;
  request.timeouts = timeouts;
  EventReader sink(on_event, user);
  const auto response =
      hub.parts().client->send(request, hub.parts().surroundings().stop, &sink);
  if (sink.stopped()) return {};
  if (!response) return response.error();
  if (!response->ok()) return api::hub_error(*response, call.action);
  return {};
}

}  // namespace hug
