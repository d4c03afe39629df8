#include "http/wire.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>

#include "base/strings.h"
#include "http/curl_error.h"
#include "http/wire_handles.h"

namespace hug::http {
namespace {

using Clock = std::chrono::steady_clock;

constexpr long kReceiveBuffer = 256 * 1024;
constexpr long kUploadBuffer = 256 * 1024;
constexpr std::size_t kMaxHeaderFields = 1000;
// What is read of a body that nobody wants before the connection is given up.
constexpr std::uint64_t kDropLimit = 1 << 20;
constexpr std::size_t kErrorBody = 64 * 1024;

/// The directory whose hashed links libcurl looks certificates up in, or empty
/// where the system has none.
const std::string& system_ca_dir() {
  static const std::string dir = [] {
    const std::string path = "/etc/ssl/certs";
    std::error_code error;
    for (std::filesystem::directory_iterator it(path, error), end;
         !error && it != end; it.increment(error)) {
      const auto name = it->path().filename().string();
      if (name.size() == 10 && name.ends_with(".0")) return path;
    }
    return std::string();
  }();
  return dir;
}

}  // namespace

/// The state of one run; its callbacks are what libcurl calls.
class Wire::Run {
 public:
  Run(Wire& wire, const WireRequest& request, std::stop_token stop)
      : wire_(wire), request_(request), stop_(std::move(stop)) {}

  Result<WireReply> go() {
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

 private:
  CURL* easy() const { return wire_.handles_->easy; }

  template <class Value>
  void set(CURLoption option, Value value) {
    curl().easy_setopt(easy(), option, value);
  }

  void fail(Error error) {
    if (!error_) error_ = std::move(error);
  }

  std::string host() const { return request_.url.origin().text(); }

  // --- before ---------------------------------------------------------------

  void set_options() {
    const auto& options = wire_.options_;
    wire_.handles_->error[0] = '\0';
    set(CURLOPT_ERRORBUFFER, wire_.handles_->error.data());
    set(CURLOPT_URL, request_.url.text().c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // a hanging resolver must not hold us
    set(CURLOPT_BUFFERSIZE,
        wire_.throttle_.active() ? 16L * 1024 : kReceiveBuffer);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_HTTP_VERSION,
        static_cast<long>(options.http2 ? CURL_HTTP_VERSION_2TLS
                                        : CURL_HTTP_VERSION_1_1));
    set(CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(request_.timeouts.connect.count()));
    set(CURLOPT_ACCEPT_ENCODING,
        request_.compressed ? "gzip, deflate" : "identity");
    set(CURLOPT_USERAGENT, options.user_agent.c_str());
    set_proxy();
    if (request_.url.scheme == "https") set_tls();
    set_method();
    set_headers();
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, on_write);
    set(CURLOPT_WRITEDATA, this);
  }

  void set_proxy() {
    const auto proxy = choose_proxy(wire_.options_.proxy, request_.url);
    set(CURLOPT_PROXY, proxy ? proxy->c_str() : "");
    set(CURLOPT_NOPROXY, "");  // decided already
    set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
  }

  void set_tls() {
    const auto& tls = wire_.options_.tls;
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
    // Parsing the system's bundle takes longer than many whole commands;
    // the hashed directory costs one lookup.
    const bool given = !tls.ca_file.empty() || !tls.ca_dir.empty();
    const auto& dir = given ? tls.ca_dir : system_ca_dir();
    if (given || !dir.empty()) {
      set(CURLOPT_CAINFO, tls.ca_file.empty() ? nullptr : tls.ca_file.c_str());
      set(CURLOPT_CAPATH, dir.empty() ? nullptr : dir.c_str());
    }
  }

  void set_method() {
    const auto& method = request_.method;
    if (method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
      return;
    }
    const bool sends = request_.body != nullptr || method == "POST" ||
                       method == "PUT" || method == "PATCH";
    if (!sends) {
      set(CURLOPT_HTTPGET, 1L);
      if (method != "GET") set(CURLOPT_CUSTOMREQUEST, method.c_str());
      return;
    }
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
    set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
    set(CURLOPT_READFUNCTION, on_read);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_SEEKFUNCTION, on_seek);
    set(CURLOPT_SEEKDATA, this);
    body_size_ = 0;
    if (request_.body != nullptr) body_size_ = request_.body->size();
    set(CURLOPT_INFILESIZE_LARGE,
        body_size_ ? static_cast<curl_off_t>(*body_size_) : curl_off_t{-1});
    sending_ = !body_size_ || *body_size_ != 0;
  }

  void set_headers() {
    for (const auto& [name, value] : request_.headers.fields()) {
      if (!is_field_name(name) || !is_field_value(value)) {
        return fail(Error(Code::kUsage,
                          "the header field '" + name + "' cannot be sent"));
      }
      append(list_, value.empty() ? name + ";" : name + ": " + value);
    }
    append(list_, "Expect:");
    set(CURLOPT_HTTPHEADER, list_.get());
  }

  // --- while ----------------------------------------------------------------

  void drive() {
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

  void finish() {
    int left = 0;
    const auto* const message =
        curl().multi_info_read(wire_.handles_->multi, &left);
    if (error_ || message == nullptr || dropped_) return;
    if (message->data.result == CURLE_OK) return check_end();
    fail(
        curl_error(message->data.result, wire_.handles_->error.data(), host()));
  }

  /// libcurl took it for a whole answer; so must we.
  void check_end() {
    if (!head_done_) {
      fail(Error(Code::kNetwork, host() + " closed without an answer"));
    }
  }

  /// Deadlines count only the time spent waiting for the network: a slow disk
  /// under a sink is not a slow server.
  void check_time() {
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
      fail(Error(Code::kTimeout, "the transfer with " + host() +
                                     " stalled for " + seconds(limits.stall)));
    }
    restart_window();
  }

  void restart_window() {
    waited_ = {};
    moved_ = 0;
  }

  static std::string seconds(Millis time) {
    return std::to_string(time.count() / 1000) + "." +
           std::to_string(time.count() / 100 % 10) + " seconds";
  }

  // --- the answer's head ----------------------------------------------------

  static std::size_t on_header(char* data, std::size_t size, std::size_t count,
                               void* self) {
    const auto bytes = size * count;
    return static_cast<Run*>(self)->take_line({data, bytes}) ? bytes : 0;
  }

  bool take_line(std::string_view line) {
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

  bool take_status(std::string_view line) {
    reply_.head = {};
    const auto blank = line.find(' ');
    const auto code =
        blank == line.npos ? std::string_view() : line.substr(blank + 1, 3);
    reply_.head.status =
        static_cast<int>(base::parse_unsigned(code).value_or(0));
    if (reply_.head.status >= 100 && reply_.head.status <= 599) return true;
    fail(Error(Code::kNetwork, host() + " answered with a broken status"));
    return false;
  }

  bool take_field(std::string_view line) {
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

  bool end_head() {
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

  // --- the answer's body ----------------------------------------------------

  static std::size_t on_write(char* data, std::size_t size, std::size_t count,
                              void* self) {
    const auto bytes = size * count;
    return static_cast<Run*>(self)->take_body({data, bytes}) ? bytes : 0;
  }

  bool take_body(std::string_view bytes) {
    moved_ += bytes.size();
    reply_.received += bytes.size();
    auto taken = to_sink_ ? to_sink(bytes) : to_memory(bytes);
    if (taken) taken = wire_.throttle_.pass(bytes.size(), stop_);
    if (!taken) fail(std::move(taken).error());
    return !error_ && !dropped_;
  }

  Result<void> to_sink(std::string_view bytes) {
    if (stop_.stop_requested()) return Error(Code::kCancelled, "cancelled");
    return request_.sink->write(std::as_bytes(std::span(bytes)));
  }

  Result<void> to_memory(std::string_view bytes) {
    const bool wanted = request_.keep_body && request_.sink == nullptr;
    const auto limit = wanted ? request_.max_body : kErrorBody;
    const auto room =
        limit - std::min<std::uint64_t>(limit, reply_.body.size());
    if (wanted && bytes.size() > room) {
      return Error(Code::kLimit, "the answer of " + host() +
                                     " is larger than " +
                                     base::format_bytes(limit));
    }
    reply_.body.append(bytes.substr(
        0,
        static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size()))));
    dropped_ = !wanted && reply_.received > kDropLimit;
    return {};
  }

  // --- the request's body ---------------------------------------------------

  static std::size_t on_read(char* data, std::size_t size, std::size_t count,
                             void* self) {
    return static_cast<Run*>(self)->give_body({data, size * count});
  }

  std::size_t give_body(std::span<char> out) {
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

  /// libcurl asks for this when a kept connection turns out to be dead.
  static int on_seek(void* self, curl_off_t offset, int origin) {
    auto& run = *static_cast<Run*>(self);
    if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
    run.reply_.sent = 0;
    if (run.request_.body == nullptr) return CURL_SEEKFUNC_OK;
    const auto rewound = run.request_.body->rewind();
    return rewound ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
  }

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

Wire::Wire(const ClientOptions& options, Throttle& throttle, Shared& shared)
    : options_(options),
      throttle_(throttle),
      handles_(std::make_unique<Handles>(shared.share)) {}

Wire::~Wire() = default;

Result<WireReply> Wire::run(const WireRequest& request, std::stop_token stop) {
  last_origin_ = request.url.origin();
  return Run(*this, request, std::move(stop)).go();
}

WirePool::WirePool(const ClientOptions& options, Throttle& throttle)
    : options_(options), throttle_(throttle) {}

WirePool::~WirePool() = default;

Result<std::unique_ptr<Wire>> WirePool::take(const Origin& origin) {
  HUG_TRY(load_curl());
  const std::lock_guard lock(mutex_);
  if (!shared_) shared_ = std::make_unique<Wire::Shared>();
  const auto found = std::find_if(
      idle_.rbegin(), idle_.rend(),
      [&](const auto& wire) { return wire->last_origin() == origin; });
  if (found == idle_.rend()) {
    return std::make_unique<Wire>(options_, throttle_, *shared_);
  }
  auto wire = std::move(*found);
  idle_.erase(std::next(found).base());
  return wire;
}

void WirePool::give_back(std::unique_ptr<Wire> wire) {
  constexpr std::size_t kMostIdle = 32;
  std::unique_ptr<Wire> oldest;  // closed outside the lock
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(wire));
  if (idle_.size() <= kMostIdle) return;
  oldest = std::move(idle_.front());
  idle_.erase(idle_.begin());
}

}  // namespace hug::http
