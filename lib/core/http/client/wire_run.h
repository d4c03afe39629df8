// The state of one exchange, and what libcurl calls during it. Of a Wire alone.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "http/client/wire_handles.h"

namespace hug::http {

class Wire::Run {
 public:
  Run(Wire& wire, const WireRequest& request, std::stop_token stop)
      : wire_(wire), request_(request), stop_(std::move(stop)) {}

  Result<WireReply> go();

 private:
  using Clock = std::chrono::steady_clock;

  CURL* easy() const { return wire_.handles_->easy; }

  template <class Value>
  void set(CURLoption option, Value value) {
    curl().easy_setopt(easy(), option, value);
  }

  void fail(Error error) {
    if (!error_) error_ = std::move(error);
  }

  std::string host() const { return request_.url.origin().text(); }

  // Before: what libcurl is told.
  void set_options();
  void set_proxy();
  void set_tls();
  void set_method();
  void set_headers();

  // While: the network, and the time.
  void drive();
  void finish();
  /// libcurl took it for a whole answer; so must we.
  void check_end();
  /// Deadlines count only the time spent waiting for the network: a slow disk
  /// under a sink is not a slow server.
  void check_time();
  void restart_window();
  static std::string seconds(Millis time);

  // The answer's head.
  static std::size_t on_header(char* data, std::size_t size, std::size_t count,
                               void* self);
  bool take_line(std::string_view line);
  bool take_status(std::string_view line);
  bool take_field(std::string_view line);
  bool end_head();

  // The answer's body.
  static std::size_t on_write(char* data, std::size_t size, std::size_t count,
                              void* self);
  bool take_body(std::string_view bytes);
  Result<void> to_sink(std::string_view bytes);
  Result<void> to_memory(std::string_view bytes);

  // The request's body.
  static std::size_t on_read(char* data, std::size_t size, std::size_t count,
                             void* self);
  std::size_t give_body(std::span<char> out);
  /// libcurl asks for this when a kept connection turns out to be dead.
  static int on_seek(void* self, curl_off_t offset, int origin);

  Wire& wire_;
  const WireRequest& request_;
  std::stop_token stop_;
  HeaderList list_;
  WireReply reply_;
  std::optional<Error> error_;

  std::optional<std::uint64_t> body_size_ = {};  // of the request, if known
  std::size_t header_bytes_ = 0;
  bool head_started_ = false;
  bool head_done_ = false;
  bool to_sink_ = false;
  bool sending_ = false;
  bool dropped_ = false;  // enough of an unwanted body was read

  Clock::duration waited_{};  // in this window
  std::uint64_t moved_ = 0;   // bytes in this window
};

}  // namespace hug::http
