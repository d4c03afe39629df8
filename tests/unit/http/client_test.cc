#include "http/client/client.h"

#include <doctest/doctest.h>

#include <numeric>
#include <thread>

#include "base/hash.h"
#include "base/strings.h"
#include "fixtures.h"
#include "support/fake_clock.h"
#include "sys/env.h"

using namespace hug::http;
using namespace hug::http::test;
using hug::Code;
using hug::Result;

namespace {

Client make_client(ClientOptions options = {}) {
  return {std::move(options), hug::sys::real_clock()};
}

ServerResponse ok(std::string text) {
  return ServerResponse::text(200, std::move(text));
}

/// Bytes that differ everywhere.
std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  std::uint32_t state = 12345;
  for (auto& c : out) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return out;
}

class Collect final : public BodySink {
 public:
  Result<void> begin(const ResponseHead& head) override {
    ++begun;
    status = head.status;
    text.clear();
    return {};
  }

  Result<void> write(std::span<const std::byte> bytes) override {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (on_write) return on_write();
    return {};
  }

  std::function<Result<void>()> on_write;
  std::string text;
  int begun = 0;
  int status = 0;
};

Code code_of(Client& client, const Request& request) {
  const auto response = client.send(request);
  return response ? Code::kInternal : response.error().code();
}

}  // namespace

TEST_CASE("a request arrives as it was made, and so does the answer") {
  Routes routes([](ServerRequest& request) {
    auto out = ok(request.body);
    out.status = 201;
    out.headers.add("X-Two", "a").add("X-Two", "b");
    return out;
  });
  const auto server = serve(routes);
  auto client = make_client();
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    CAPTURE(method);
    Request request = get(url_of(*server, "/a%2Fb/c?x=1&y=%20"));
    request.method = method;
    request.headers = {{"X-Test", "value"}, {"X-Empty", ""}};
    request.body = text_body("hello");
    const auto response = client.send(request).value();
    CHECK(response.status == 201);
    CHECK(response.body == "hello");
    CHECK(response.headers.all("x-two").size() == 2);
    const auto seen = routes.seen().back();
    CHECK(seen.method == method);
    CHECK(seen.path == "/a%2Fb/c");
    CHECK(seen.param("y") == " ");
    CHECK(seen.headers.get("X-Test") == "value");
    CHECK(seen.headers.has("X-Empty"));
    CHECK(seen.headers.get("Content-Length") == "5");
    CHECK(seen.headers.get("Accept-Encoding") == "identity");
    CHECK(!seen.headers.has("Expect"));
    CHECK(!seen.headers.has("Authorization"));
  }
  const auto stats = client.stats();
  CHECK(stats.requests == 4);
  CHECK(stats.connections == 1);  // kept alive
  CHECK(stats.sent == 20);
}

TEST_CASE("methods without a body send none; HEAD gets none") {
  Routes routes([](ServerRequest&) { return ok("12345"); });
  const auto server = serve(routes);
  auto client = make_client();
  auto request = get(url_of(*server, "/"));
  request.method = "HEAD";
  const auto head = client.send(request).value();
  CHECK(head.body.empty());
  CHECK(head.headers.get("Content-Length") == "5");
  request.method = "POST";
  CHECK(client.send(request)->body == "12345");
  CHECK(routes.seen().back().headers.get("Content-Length") == "0");
}

TEST_CASE("large bodies go both ways without being held in memory") {
  const auto body = pattern(20 << 20);
  const auto digest = hug::base::sha256_hex(body);
  auto sink = std::make_shared<Collect>();
  Routes routes(
      [&](ServerRequest&) {
        StreamBody stream;
        auto at = std::make_shared<std::size_t>(0);
        stream.read = [&body, at](std::span<char> out) -> Result<std::size_t> {
          const auto count = std::min(out.size(), body.size() - *at);
          body.copy(out.data(), count, *at);
          *at += count;
          return count;
        };
        ServerResponse out;
        out.body = std::move(stream);
        return out;
      },
      [&](ServerRequest& request) -> std::optional<ServerResponse> {
        request.limit_body(std::uint64_t{1} << 30);
        request.stream_body(sink);
        return std::nullopt;
      });
  const auto server = serve(routes);
  auto client = make_client();
  auto request = get(url_of(*server, "/"));
  request.method = "PUT";
  std::uint64_t sent = 0;
  request.on_sent = [&](std::uint64_t bytes) { sent = bytes; };
  request.body = chain_body(
      {text_body(body.substr(0, 1000)),
       range_body(hug::borrow_bytes(std::as_bytes(std::span(body)), "body"),
                  1000, body.size() - 1000)});
  Collect answer;
  const auto response = client.send(request, {}, &answer).value();
  CHECK(response.body.empty());
  CHECK(response.body_bytes == body.size());
  CHECK(hug::base::sha256_hex(answer.text) == digest);
  CHECK(hug::base::sha256_hex(sink->text) == digest);
  CHECK(sent == body.size());
}

TEST_CASE("a sink that fails ends its transfer with its own error") {
  Routes routes([](ServerRequest&) { return ok(std::string(1 << 20, 'x')); });
  const auto server = serve(routes);
  auto client = make_client();
  Collect sink;
  sink.on_write = [] { return hug::Error(Code::kNoSpace, "disk full"); };
  const auto error = client.send(get(url_of(*server, "/")), {}, &sink).error();
  CHECK(error.code() == Code::kNoSpace);
  CHECK(error.message() == "disk full");
}

TEST_CASE("answers that are not 2xx never reach the sink") {
  Routes routes([](ServerRequest&) {
    return ServerResponse::text(404, std::string(200'000, 'e'));
  });
  const auto server = serve(routes);
  auto client = make_client();
  Collect sink;
  const auto response =
      client.send(get(url_of(*server, "/")), {}, &sink).value();
  CHECK(sink.begun == 0);
  CHECK(response.body.size() == 64 * 1024);
  const auto error = status_error(response);
  CHECK(error.code() == Code::kNotFound);
  CHECK(error.http_status() == 404);
}

TEST_CASE("answers are bounded") {
  Routes routes([](ServerRequest&) { return ok(std::string(2 << 20, 'x')); });
  const auto server = serve(routes);
  auto client = make_client();
  auto request = get(url_of(*server, "/"));
  request.max_body = (2 << 20) - 1;
  CHECK(code_of(client, request) == Code::kLimit);
  request.max_body = 2 << 20;
  CHECK(client.send(request)->body.size() == 2 << 20);

  std::string head = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 280; ++i)
    head += "X: " + std::string(1000, 'h') + "\r\n";
  const RawServer long_head(head + "Content-Length: 0\r\n\r\n");
  CHECK(code_of(client, get(long_head.url())) == Code::kLimit);
  // Interim answers count as well: they could go on for ever.
  std::string flood;
  for (int i = 0; i < 15000; ++i)
    flood += "HTTP/1.1 102 Wait\r\n\r\n";
  const RawServer interim(flood, RawServer::End::kHold);
  CHECK(code_of(client, get(interim.url())) == Code::kLimit);
}

TEST_CASE("broken answers are errors, never results") {
  struct Row {
    const char* bytes;
    RawServer::End end;
    Code code;
  };

  const Row rows[] = {
      {"", RawServer::End::kClose, Code::kNetwork},
      {"", RawServer::End::kReset, Code::kNetwork},
      {"SSH-2.0-OpenSSH\r\n", RawServer::End::kClose, Code::kNetwork},
      {"HTTP/1.1 999 Odd\r\n\r\n", RawServer::End::kClose, Code::kNetwork},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
       RawServer::End::kClose, Code::kNetwork},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
       RawServer::End::kClose, Code::kNetwork},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
       RawServer::End::kClose, Code::kNetwork},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
       "Content-Length: 4\r\n\r\nnope",
       RawServer::End::kClose, Code::kCorrupt},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.bytes));
    const RawServer server(row.bytes, row.end);
    auto client = make_client();
    CHECK(code_of(client, get(server.url())) == row.code);
  }
  auto client = make_client();
  const auto nobody = parse_url("http://127.0.0.1:1/").value();
  CHECK(code_of(client, get(nobody)) == Code::kNetwork);
}

TEST_CASE("interim answers and trailers are passed over") {
  const RawServer server(
      "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Real: 1\r\n\r\n"
      "5\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n");
  auto client = make_client();
  const auto response = client.send(get(server.url())).value();
  CHECK(response.body == "hello");
  CHECK(response.headers.has("X-Real"));
  CHECK(!response.headers.has("X-Early"));
  CHECK(!response.headers.has("X-Trailer"));
}

TEST_CASE("silence ends in a timeout: before the answer and within it") {
  ClientOptions options;
  options.timeouts.first_byte = Millis(100);
  options.timeouts.stall = Millis(100);
  auto client = make_client(options);
  {
    const RawServer server("", RawServer::End::kHold);
    const auto error = client.send(get(server.url())).error();
    CHECK(error.code() == Code::kTimeout);
    CHECK(error.message().find("did not answer") != std::string::npos);
  }
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                         RawServer::End::kHold);
  const auto error = client.send(get(server.url())).error();
  CHECK(error.code() == Code::kTimeout);
  CHECK(error.message().find("stalled") != std::string::npos);
}

TEST_CASE("a stop ends a silent transfer") {
  const RawServer server("", RawServer::End::kHold);
  auto client = make_client();
  std::stop_source stop;
  std::jthread stopper([&] {
    // Whether it comes before, while or after the connection is made.
    std::this_thread::yield();
    stop.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto error = client.send(get(server.url()), stop.get_token()).error();
  CHECK(error.code() == Code::kCancelled);
  // The deadline that would end it otherwise is 60 seconds away.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
}

TEST_CASE("transient failures are tried again, others are not") {
  std::atomic<int> count{0};
  Routes routes([&](ServerRequest& request) {
    const int n = ++count;
    if (request.path == "/flaky" && n < 4) {
      return ServerResponse::text(503, "busy");
    }
    if (request.path == "/gone") return ServerResponse::text(404, "gone");
    if (request.path == "/down") return ServerResponse::text(500, "down");
    return ok("fine");
  });
  const auto server = serve(routes);
  const auto clock = std::make_shared<hug::test::FakeClock>();
  Client client({}, clock);
  CHECK(client.send_retrying(get(url_of(*server, "/flaky")))->body == "fine");
  CHECK(count == 4);
  count = 0;
  CHECK(client.send_retrying(get(url_of(*server, "/gone")))->status == 404);
  CHECK(count == 1);
  count = 0;
  CHECK(client.send_retrying(get(url_of(*server, "/down")))->status == 500);
  CHECK(count == 6);
}

TEST_CASE("no request is sent inside a closed window") {
  const auto clock = std::make_shared<hug::test::FakeClock>();
  std::atomic<int> early{0};
  std::atomic<int> in_window{0};
  std::atomic<std::int64_t> window_end{0};
  Routes routes([&](ServerRequest&) {
    const auto now = clock->passed().count();
    if (now >= window_end) {
      window_end = now + 5000;
      in_window = 0;
    }
    const int n = ++in_window;
    if (n > 10) ++early;
    auto out = ok("x");
    out.headers.add("RateLimit",
                    "\"api\";r=" + std::to_string(10 - n) + ";t=5");
    return out;
  });
  const auto server = serve(routes);
  Client client({}, clock);
  auto request = get(url_of(*server, "/"));
  request.bucket = "api";
  for (int i = 0; i < 100; ++i)
    CHECK(client.send(request).has_value());
  CHECK(early == 0);
  CHECK(clock->passed() >= Millis(9 * 5000));
  CHECK(clock->passed() <= Millis(9 * 5500 + 500));
}

TEST_CASE("compressed answers are decoded within the bound") {
  // 20 bytes of gzip that hold "hello hello hello hello" would be enough for a
  // round trip; what matters here is who asks for it.
  Routes routes([](ServerRequest& request) {
    return ok(std::string(request.headers.get("Accept-Encoding")));
  });
  const auto server = serve(routes);
  auto client = make_client();
  auto request = get(url_of(*server, "/"));
  CHECK(client.send(request)->body == "identity");
  request.compressed = true;
  CHECK(client.send(request)->body == "gzip, deflate");
}

TEST_CASE("offline clients open no socket") {
  ClientOptions options;
  options.offline = "HF_HUB_OFFLINE";
  auto client = make_client(options);
  const auto error =
      client.send(get(parse_url("http://127.0.0.1:1/").value())).error();
  CHECK(error.code() == Code::kOffline);
  CHECK(error.message().find("HF_HUB_OFFLINE") != std::string::npos);
}

TEST_CASE("a rate limit spreads bytes over time") {
  Routes routes([](ServerRequest&) { return ok(std::string(100'000, 'x')); });
  const auto server = serve(routes);
  const auto clock = std::make_shared<hug::test::FakeClock>();
  ClientOptions options;
  options.limit_rate = 50'000;
  Client client(options, clock);
  CHECK(client.send(get(url_of(*server, "/")))->body.size() == 100'000);
  CHECK(clock->passed() >= Millis(1900));
  CHECK(clock->passed() <= Millis(2100));
}

TEST_CASE("many threads share one client") {
  Routes routes([](ServerRequest& request) { return ok(request.path); });
  const auto server = serve(routes);
  auto client = make_client();
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i) {
          const auto path = "/" + std::to_string(t) + "/" + std::to_string(i);
          const auto response = client.send(get(url_of(*server, path)));
          if (!response || response->body != path) ++wrong;
        }
      });
    }
  }
  CHECK(wrong == 0);
  CHECK(client.stats().requests == 400);
  CHECK(client.stats().connections <= 8);
}

TEST_CASE("fields that would split a request are refused") {
  auto client = make_client();
  auto request = get(parse_url("http://127.0.0.1:1/").value());
  request.headers.add("X-Bad", "a\r\nAuthorization: stolen");
  CHECK(code_of(client, request) == Code::kUsage);
}

TEST_CASE("proxies are chosen as curl and requests do") {
  const ProxySettings settings{
      "http://p:1", "q:2",
      "localhost, .corp.example,10.0.0.0/8,[::1],exact.example:8443"};
  const auto proxy = [&](std::string_view url) {
    return choose_proxy(settings, parse_url(url).value()).value_or("direct");
  };
  CHECK(proxy("http://hub.example/") == "http://p:1");
  CHECK(proxy("https://hub.example/") == "http://q:2");
  CHECK(proxy("http://localhost:80/") == "direct");
  CHECK(proxy("http://a.corp.example/") == "direct");
  CHECK(proxy("http://corp.example/") == "direct");
  CHECK(proxy("http://xcorp.example/") == "http://p:1");
  CHECK(proxy("http://10.20.30.40/") == "direct");
  CHECK(proxy("http://11.0.0.1/") == "http://p:1");
  CHECK(proxy("http://[::1]/") == "direct");
  CHECK(proxy("https://exact.example:8443/") == "direct");
  CHECK(proxy("https://exact.example/") == "http://q:2");
  CHECK(!choose_proxy({"p", "p", "*"}, parse_url("http://h/").value()));

  using hug::sys::Env;
  CHECK(client_options(Env(Env::Map{{"HTTP_PROXY", "x"}})).proxy.http == "x");
  CHECK(client_options(
            Env(Env::Map{{"HTTP_PROXY", "x"}, {"REQUEST_METHOD", "GET"}}))
            .proxy.http.empty());
  CHECK(client_options(Env(Env::Map{{"ALL_PROXY", "y"}})).proxy.https == "y");
  CHECK(client_options(
            Env(Env::Map{{"SSL_CERT_FILE", "/f"}, {"CURL_CA_BUNDLE", ""}}))
            .tls.ca_file == "/f");
  CHECK(client_options(Env(Env::Map{{"SSL_CERT_DIR", "/d"}})).tls.ca_dir ==
        "/d");
  CHECK(client_options(Env()).tls.verify);
}
