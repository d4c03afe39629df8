#include "http/client/wire_run.h"

#include <algorithm>

#include "base/strings.h"
#include "http/client/curl_error.h"

namespace hug::http {
namespace {

constexpr std::size_t kMaxHeaderFields = 1000;
// What is read of a body that nobody wants before the connection is given up.
constexpr std::uint64_t kDropLimit = 1 << 20;
constexpr std::size_t kErrorBody = 64 * 1024;

}  // namespace

Result<WireReply> Wire::Run::go() {
  set_options();
  auto* const multi = wire_.handles_->multi;
  curl().multi_add_handle(multi, easy());
  {
    const std::stop_callback wake(stop_,
                                  [multi] { curl().multi_wakeup(multi); });
    drive();
  }
  curl().easy_getinfo(easy(), CURLINFO_NUM_CONNECTS, &reply_.connects);
  curl().multi_remove_handle(multi, easy());
  curl().easy_reset(easy());
  if (error_) return *std::move(error_);
  return std::move(reply_);
}

void Wire::Run::drive() {
  auto* const multi = wire_.handles_->multi;
  for (;;) {
    if (stop_.stop_requested()) {
      return fail(Error(Code::kCancelled, "cancelled"));
    }
    if (error_) return;
    int running = 0;
    curl().multi_perform(multi, &running);
    if (running == 0) return finish();
    const auto before = Clock::now();
    curl().multi_poll(multi, nullptr, 0, 500, nullptr);
    waited_ += Clock::now() - before;
    check_time();
  }
}

void Wire::Run::finish() {
  int left = 0;
  const auto* const message =
      curl().multi_info_read(wire_.handles_->multi, &left);
  if (error_ || message == nullptr || dropped_) return;
  if (message->data.result == CURLE_OK) return check_end();
  fail(curl_error(message->data.result, wire_.handles_->error.data(), host()));
}

void Wire::Run::check_end() {
  if (!head_done_) {
    fail(Error(Code::kNetwork, host() + " closed without an answer"));
  }
}

void Wire::Run::check_time() {
  const auto& limits = request_.timeouts;
  curl_off_t connected = 0;
  curl().easy_getinfo(easy(), CURLINFO_PRETRANSFER_TIME_T, &connected);
  if (connected == 0) {  // CURLOPT_CONNECTTIMEOUT_MS watches
    waited_ = {};
    return;
  }
  if (!sending_ && !head_started_) {
    if (waited_ < limits.first_byte) return;
    return fail(Error(Code::kTimeout, host() + " did not answer within " +
                                          seconds(limits.first_byte)));
  }
  if (waited_ < limits.stall) return;
  const auto least = static_cast<double>(limits.stall_rate) *
                     std::chrono::duration<double>(waited_).count();
  if (static_cast<double>(moved_) < least) {
    fail(Error(Code::kTimeout, "the transfer with " + host() + " stalled for " +
                                   seconds(limits.stall)));
  }
  restart_window();
}

void Wire::Run::restart_window() {
  waited_ = {};
  moved_ = 0;
}

std::string Wire::Run::seconds(Millis time) {
  return std::to_string(time.count() / 1000) + "." +
         std::to_string(time.count() / 100 % 10) + " seconds";
}

std::size_t Wire::Run::on_header(char* data, std::size_t size,
                                 std::size_t count, void* self) {
  const auto bytes = size * count;
  return static_cast<Run*>(self)->take_line({data, bytes}) ? bytes : 0;
}

bool Wire::Run::take_line(std::string_view line) {
  if (!head_started_) restart_window();
  head_started_ = true;
  moved_ += line.size();
  header_bytes_ += line.size();
  if (header_bytes_ > wire_.options_.max_header_bytes) {
    fail(Error(Code::kLimit,
               host() + " sent more than " +
                   base::format_bytes(wire_.options_.max_header_bytes) +
                   " of header fields"));
    return false;
  }
  if (head_done_) return true;  // a trailer
  while (line.ends_with('\n') || line.ends_with('\r'))
    line.remove_suffix(1);
  if (line.starts_with("HTTP/")) return take_status(line);
  if (line.empty()) return end_head();
  return take_field(line);
}

bool Wire::Run::take_status(std::string_view line) {
  reply_.head = {};
  const auto blank = line.find(' ');
  const auto code =
      blank == line.npos ? std::string_view() : line.substr(blank + 1, 3);
  reply_.head.status = static_cast<int>(base::parse_unsigned(code).value_or(0));
  if (reply_.head.status >= 100 && reply_.head.status <= 599) return true;
  fail(Error(Code::kNetwork, host() + " answered with a broken status"));
  return false;
}

bool Wire::Run::take_field(std::string_view line) {
  auto& headers = reply_.head.headers;
  const auto colon = line.find(':');
  // Continuation lines are obsolete and a way to smuggle; so are names with
  // blanks. libcurl joins or refuses most of them, the rest is dropped.
  if (colon == line.npos || !is_field_name(line.substr(0, colon))) {
    return true;
  }
  if (headers.fields().size() >= kMaxHeaderFields) {
    fail(Error(Code::kLimit, host() + " sent too many header fields"));
    return false;
  }
  headers.add(line.substr(0, colon), base::trim(line.substr(colon + 1)));
  return true;
}

bool Wire::Run::end_head() {
  const auto status = reply_.head.status;
  if (status < 200) return true;  // the real answer follows
  head_done_ = true;
  sending_ = false;
  to_sink_ = request_.sink != nullptr && status < 300;
  if (!to_sink_) return true;
  if (auto begun = request_.sink->begin(reply_.head); !begun) {
    fail(std::move(begun).error());
    return false;
  }
  return true;
}

std::size_t Wire::Run::on_write(char* data, std::size_t size, std::size_t count,
                                void* self) {
  const auto bytes = size * count;
  return static_cast<Run*>(self)->take_body({data, bytes}) ? bytes : 0;
}

bool Wire::Run::take_body(std::string_view bytes) {
  moved_ += bytes.size();
  reply_.received += bytes.size();
  auto taken = to_sink_ ? to_sink(bytes) : to_memory(bytes);
  if (taken) taken = wire_.throttle_.pass(bytes.size(), stop_);
  if (!taken) fail(std::move(taken).error());
  return !error_ && !dropped_;
}

Result<void> Wire::Run::to_sink(std::string_view bytes) {
  if (stop_.stop_requested()) return Error(Code::kCancelled, "cancelled");
  return request_.sink->write(std::as_bytes(std::span(bytes)));
}

Result<void> Wire::Run::to_memory(std::string_view bytes) {
  const bool wanted = request_.keep_body && request_.sink == nullptr;
  const auto limit = wanted ? request_.max_body : kErrorBody;
  const auto room = limit - std::min<std::uint64_t>(limit, reply_.body.size());
  if (wanted && bytes.size() > room) {
    return Error(Code::kLimit, "the answer of " + host() + " is larger than " +
                                   base::format_bytes(limit));
  }
  reply_.body.append(bytes.substr(
      0,
      static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size()))));
  dropped_ = !wanted && reply_.received > kDropLimit;
  return {};
}

std::size_t Wire::Run::on_read(char* data, std::size_t size, std::size_t count,
                               void* self) {
  return static_cast<Run*>(self)->give_body({data, size * count});
}

std::size_t Wire::Run::give_body(std::span<char> out) {
  if (stop_.stop_requested()) {
    fail(Error(Code::kCancelled, "cancelled"));
    return CURL_READFUNC_ABORT;
  }
  if (request_.body == nullptr) return 0;
  auto count = request_.body->read(std::as_writable_bytes(out));
  if (!count) {
    fail(std::move(count).error());
    return CURL_READFUNC_ABORT;
  }
  moved_ += *count;
  reply_.sent += *count;
  if (*count == 0 || (body_size_ && reply_.sent >= *body_size_)) {
    sending_ = false;
    restart_window();
  }
  if (request_.on_sent != nullptr && *request_.on_sent) {
    (*request_.on_sent)(reply_.sent);
  }
  return *count;
}

int Wire::Run::on_seek(void* self, curl_off_t offset, int origin) {
  auto& run = *static_cast<Run*>(self);
  if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  run.reply_.sent = 0;
  if (run.request_.body == nullptr) return CURL_SEEKFUNC_OK;
  const auto rewound = run.request_.body->rewind();
  return rewound ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

}  // namespace hug::http
