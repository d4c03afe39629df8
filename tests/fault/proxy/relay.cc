#include "relay.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "base/strings.h"
#include "http/range.h"

namespace hug::fault {
namespace {

constexpr int kHoldSeconds = 120;

struct Exchange {
  Message request;
  std::string method;
  std::string target;
  Decision decision;
  std::uint64_t sent = 0;  // bytes of the answer's body
};

std::string first_word(std::string_view text, std::size_t nth) {
  const auto words = base::split(text, ' ');
  return nth < words.size() ? std::string(words[nth]) : std::string();
}

int status_of(const Message& response) {
  return static_cast<int>(
      base::parse_unsigned(first_word(response.first, 1)).value_or(0));
}

std::string answer(int status, const http::Headers& more,
                   std::string_view body) {
  Message out;
  out.first = "HTTP/1.1 " + std::to_string(status) + " Fault";
  out.headers = more;
  out.headers.add("Content-Length", std::to_string(body.size()));
  out.headers.add("Connection", "close");
  return out.text() + std::string(body);
}

std::string gzip(std::string_view bytes) {
  std::string out(compressBound(static_cast<uLong>(bytes.size())) + 64, '\0');
  z_stream z{};
  deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

/// What does not need the hub at all; nothing when it is to be asked.
std::optional<std::string> local_answer(const Decision& decision) {
  static constexpr std::array kStatuses = {500, 502, 503, 504};
  switch (decision.fault) {
    case Fault::kStatus: {
      const auto given = base::parse_unsigned(decision.argument);
      const auto status = given ? static_cast<int>(*given)
                                : kStatuses[decision.random % kStatuses.size()];
      return answer(status, {{"Content-Type", "text/html"}},
                    "<html>broken</html>");
    }
    case Fault::kLimit:
      if (decision.random % 2 == 0) {
        return answer(429, {{"Retry-After", "1"}}, "slow down");
      }
      return answer(429, {{"RateLimit", "\"resolvers\";r=0;t=1"}}, "slow down");
    case Fault::kHtml:
      return answer(200, {{"Content-Type", "text/html"}},
                    "<html><body>please log in</body></html>");
    case Fault::kRedirect:
      return answer(302, {{"Location", decision.argument}}, "");
    default:
      return std::nullopt;
  }
}

/// The range that is asked of the hub instead of the client's.
void change_range(Message& request, Decision& decision) {
  const auto asked = request.headers.get("Range");
  const auto range = http::parse_range(asked, ~std::uint64_t{0} - 1);
  if (decision.fault == Fault::kIgnoreRange) {
    request.headers.remove("Range");
  } else if (decision.fault == Fault::kWrongRange) {
    request.headers.set("Range", http::format_range({range.range.offset + 1,
                                                     range.range.size}));
  } else if (decision.fault == Fault::kLyingRange) {
    if (range.range.offset == 0) {
      decision.fault = Fault::kFlip;
      return;
    }
    request.headers.set("Range", http::format_range({range.range.offset - 1,
                                                     range.range.size}));
  }
}

/// Damages a body on its way and says when to stop.
class Damage {
 public:
  Damage(const Decision& decision, const BodyShape& shape) {
    const auto length =
        shape.kind == BodyKind::kLength ? shape.length : 64 * 1024;
    fault_ = decision.fault;
    at_ = length == 0 ? 0 : decision.random % length;
    bit_ = static_cast<unsigned>(decision.random >> 32) % 8;
  }

  enum class Then { kGoOn, kCut, kStall };

  /// Changes the piece; a cut or a stall comes after what is left of it.
  Then apply(std::string& piece) {
    const auto begin = passed_;
    passed_ += piece.size();
    const bool here = at_ >= begin && at_ < passed_;
    switch (fault_) {
      case Fault::kFlip:
        if (here) {
          auto& byte = piece[static_cast<std::size_t>(at_ - begin)];
          byte = static_cast<char>(byte ^ static_cast<char>(1U << bit_));
        }
        return Then::kGoOn;
      case Fault::kRepeat:
        return repeat(piece, here);
      case Fault::kTruncate:
      case Fault::kTruncateChunks:
        if (!here) return Then::kGoOn;
        piece.resize(static_cast<std::size_t>(at_ - begin));
        return Then::kCut;
      case Fault::kStall:
        if (!here) return Then::kGoOn;
        piece.resize(static_cast<std::size_t>(at_ - begin));
        return Then::kStall;
      case Fault::kSlow:
        if (slow_left_ > 0) {
          --slow_left_;
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return Then::kGoOn;
      default:
        return Then::kGoOn;
    }
  }

 private:
  /// The piece after `at_` is the one before once more.
  Then repeat(std::string& piece, bool here) {
    if (repeat_next_ && last_.size() >= piece.size()) {
      piece = last_.substr(0, piece.size());
      repeat_next_ = false;
    }
    if (here) repeat_next_ = true;
    last_ = piece;
    return Then::kGoOn;
  }

  Fault fault_ = Fault::kNone;
  std::uint64_t at_ = 0;
  unsigned bit_ = 0;
  std::uint64_t passed_ = 0;
  int slow_left_ = 50;
  bool repeat_next_ = false;
  std::string last_;
};

/// Sends the request on. False when the hub or the client broke off.
bool forward_request(Stream& client, Stream& hub, Exchange& exchange) {
  auto& request = exchange.request;
  const auto shape = request_body(request);
  request.headers.set("Connection", "close");
  if (!hub.write(request.text())) return false;
  const bool chunked = shape.kind == BodyKind::kChunked;
  const auto cut = exchange.decision.fault == Fault::kCutRequest
                       ? exchange.decision.random % (shape.length + 1)
                       : ~std::uint64_t{0};
  std::uint64_t passed = 0;
  const bool whole = read_body(client, shape, [&](std::string_view piece) {
    passed += piece.size();
    if (passed > cut) return false;
    std::string out(piece);
    if (chunked) {
      char size[32];
      std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
      out = size + out + "\r\n";
    }
    return hub.write(out);
  });
  if (whole && chunked) return hub.write("0\r\n\r\n");
  return whole;
}

bool send_piece(Stream& client, std::string_view piece, bool chunked) {
  if (piece.empty()) return true;
  if (!chunked) return client.write(piece);
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
  return client.write(size) && client.write(piece) && client.write("\r\n");
}

/// An answer that has to be whole before it can be changed.
bool send_rewritten(Stream& client, Message response, std::string body,
                    const Decision& decision) {
  if (decision.fault == Fault::kGzip) {
    body = gzip(body);
    response.headers.set("Content-Encoding", "gzip");
  } else {
    const std::string part =
        "--cut\r\nContent-Type: text/plain\r\n" +
        std::string("Content-Range: ") +
        std::string(response.headers.get("Content-Range")) + "\r\n\r\n" + body +
        "\r\n--cut--\r\n";
    body = part;
    response.headers.remove("Content-Range");
    response.headers.set("Content-Type", "multipart/byteranges; boundary=cut");
  }
  response.headers.remove("Transfer-Encoding");
  response.headers.set("Content-Length", std::to_string(body.size()));
  return client.write(response.text()) && client.write(body);
}

void change_head(Message& response, const Exchange& exchange,
                 std::string_view asked_range) {
  auto& headers = response.headers;
  headers.remove("Connection");
  switch (exchange.decision.fault) {
    case Fault::kNoContentRange:
      headers.remove("Content-Range");
      break;
    case Fault::kLyingRange: {
      // The length is that of the range asked for, the bytes are not.
      const auto was = http::parse_content_range(headers.get("Content-Range"));
      const auto range = http::parse_range(asked_range, ~std::uint64_t{0} - 1);
      if (!was || !was->first || !was->total) break;
      headers.set(
          "Content-Range",
          "bytes " + std::to_string(range.range.offset) + "-" +
              std::to_string(range.range.offset + (*was->last - *was->first)) +
              "/" + std::to_string(*was->total));
      break;
    }
    case Fault::kNoLength:
      headers.remove("Content-Length");
      headers.remove("Transfer-Encoding");
      headers.set("Connection", "close");
      break;
    case Fault::kTruncateChunks:
      headers.remove("Content-Length");
      headers.set("Transfer-Encoding", "chunked");
      break;
    default:
      break;
  }
}

/// Sends the hub's answer on; true when the client's connection lives.
bool forward_response(Stream& client, Stream& hub, Exchange& exchange,
                      std::string_view asked_range) {
  std::optional<Message> response;
  int status = 0;
  do {  // interim answers are for us alone
    const auto head = hub.read_head();
    if (!head) return false;
    response = parse_message(*head);
    status = response ? status_of(*response) : 0;
  } while (response && status >= 100 && status < 200);
  if (!response) return false;
  const auto& decision = exchange.decision;
  const auto shape = response_body(*response, exchange.method, status);
  if (decision.fault == Fault::kInterim) {
    for (int i = 0; i < 50; ++i) {
      if (!client.write("HTTP/1.1 102 Processing\r\n\r\n")) return false;
    }
  }
  const bool rewritten =
      decision.fault == Fault::kGzip || decision.fault == Fault::kMultipart;
  if (rewritten && (status == 200 || status == 206)) {
    std::string body;
    const bool whole = read_body(hub, shape, [&](std::string_view piece) {
      body += piece;
      return body.size() < (std::size_t{256} << 20);
    });
    if (whole) return send_rewritten(client, *response, body, decision);
    return false;
  }
  change_head(*response, exchange, asked_range);
  if (!client.write(response->text())) return false;
  const bool chunked = response->headers.has("Transfer-Encoding");
  Damage damage(decision, shape);
  const bool whole = read_body(hub, shape, [&](std::string_view piece) {
    std::string out(piece);
    const auto then = damage.apply(out);
    if (!send_piece(client, out, chunked)) return false;
    exchange.sent += out.size();
    if (then == Damage::Then::kStall) client.wait_for_close(kHoldSeconds);
    return then == Damage::Then::kGoOn;
  });
  if (!whole) return false;
  if (chunked && !client.write("0\r\n\r\n")) return false;
  return !base::equal_ignoring_case(response->headers.get("Connection"),
                                    "close") &&
         shape.kind != BodyKind::kToEnd;
}

/// One request; true when another may follow on the connection.
bool serve_one(Stream& client, std::uint16_t upstream, Exchange& exchange) {
  switch (exchange.decision.fault) {
    case Fault::kReset:
      client.reset();
      return false;
    case Fault::kDrop:
      return false;
    case Fault::kSilence:
      client.wait_for_close(kHoldSeconds);
      return false;
    default:
      break;
  }
  if (const auto local = local_answer(exchange.decision)) {
    client.write(*local);
    return false;
  }
  const std::string asked(exchange.request.headers.get("Range"));
  change_range(exchange.request, exchange.decision);
  Stream hub(connect_to(upstream));
  if (!forward_request(client, hub, exchange)) {
    client.reset();
    return false;
  }
  if (exchange.decision.fault == Fault::kLoseResponse) {
    (void)hub.read_head();
    return false;
  }
  return forward_response(client, hub, exchange, asked);
}

bool is_file_content(std::string_view target) {
  return target.find("/resolve/") != target.npos ||
         target.find("/lfs/") != target.npos;
}

}  // namespace

void Log::write(const Decision& decision, const RequestKey& key, bool token,
                std::uint64_t sent) {
  if (file_ == nullptr) return;
  const std::lock_guard lock(mutex_);
  std::fprintf(file_, "%s\t%s\t%s\t%s\t%s\t%llu\n",
               std::string(fault_name(decision.fault)).c_str(),
               key.method.c_str(), key.target.c_str(), key.range.c_str(),
               token ? "token" : "-", static_cast<unsigned long long>(sent));
  std::fflush(file_);
}

void relay(Stream client, std::uint16_t upstream, Plan& plan, Log& log) {
  for (;;) {
    const auto head = client.read_head();
    if (!head) return;
    auto request = parse_message(*head);
    if (!request) return;
    Exchange exchange;
    exchange.request = *std::move(request);
    exchange.method = first_word(exchange.request.first, 0);
    exchange.target = first_word(exchange.request.first, 1);
    const RequestKey key{exchange.method, exchange.target,
                         std::string(exchange.request.headers.get("Range")),
                         is_file_content(exchange.target)};
    exchange.decision = plan.decide(key);
    const auto token = exchange.request.headers.has("Authorization");
    const bool goes_on = serve_one(client, upstream, exchange);
    log.write(exchange.decision, key, token, exchange.sent);
    if (!goes_on) return;
  }
}

}  // namespace hug::fault
