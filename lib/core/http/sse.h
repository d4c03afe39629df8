// Server-sent events (text/event-stream): a parser that is fed bytes as they
// come, and the writer's side.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/result.h"

namespace hug::http {

struct SseEvent {
  std::string event = "message";
  std::string data;
  std::string id;

  bool operator==(const SseEvent&) const = default;
};

class SseParser {
 public:
  explicit SseParser(std::size_t max_event = 16 << 20)
      : max_event_(max_event) {}

  /// The events that these bytes complete. Errors: kLimit when an event is
  /// larger than the bound.
  Result<std::vector<SseEvent>> feed(std::string_view bytes);

  /// The last "retry:" in milliseconds.
  std::optional<unsigned> retry() const noexcept { return retry_; }

 private:
  void take_line(std::string_view line, std::vector<SseEvent>& out);

  std::size_t max_event_;
  std::string line_;
  std::string event_;
  std::string data_;
  std::string id_;
  std::optional<unsigned> retry_;
  bool has_data_ = false;
  bool skip_lf_ = false;
  bool started_ = false;
};

/// One event as bytes; line breaks in the data become several data lines.
std::string format_sse(const SseEvent& event);

}  // namespace hug::http
