// A blocking socket with a read buffer, and HTTP messages on it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/headers.h"
#include "sys/fd.h"

namespace hug::fault {

class Stream {
 public:
  explicit Stream(sys::Fd fd) : fd_(std::move(fd)) {}

  /// Up to and with the blank line; nothing at the end or beyond 256 KiB.
  std::optional<std::string> read_head();
  /// One line without its end.
  std::optional<std::string> read_line();
  /// At most `most` bytes; empty at the end.
  std::string read_some(std::size_t most);
  bool write(std::string_view bytes);
  /// Closes so that the other side sees a reset.
  void reset();

  void close() { fd_ = sys::Fd(); }

  int fd() const { return fd_.get(); }

  /// Waits until the other side closes, at most so long.
  void wait_for_close(int seconds);

 private:
  bool fill();

  sys::Fd fd_;
  std::string buffer_;
};

struct Message {
  std::string first;  // request line or status line
  http::Headers headers;

  std::string text() const;
};

std::optional<Message> parse_message(std::string_view head);

enum class BodyKind { kNone, kLength, kChunked, kToEnd };

struct BodyShape {
  BodyKind kind = BodyKind::kNone;
  std::uint64_t length = 0;
};

BodyShape request_body(const Message& request);
BodyShape response_body(const Message& response, std::string_view method,
                        int status);

/// Calls `take` with pieces of a body in order; false when the body was cut
/// or `take` said so.
bool read_body(Stream& from, const BodyShape& shape,
               const std::function<bool(std::string_view)>& take);

sys::Fd connect_to(std::uint16_t port);
/// Listens on a free port of the loopback.
sys::Fd listen_on_loopback(std::uint16_t& port);

}  // namespace hug::fault
