#include "http/server/server.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include "fixtures.h"

using namespace hug::http;
using namespace hug::http::test;
using hug::Code;
using hug::Result;

namespace {

ServerResponse ok(std::string text) {
  return ServerResponse::text(200, std::move(text));
}

Client make_client() {
  return {ClientOptions{}, hug::sys::real_clock()};
}

/// "HTTP/1.1 400 ..." -> 400; 0 when the connection was closed without.
int status_in(const std::string& answer) {
  return answer.size() < 12 ? 0 : std::atoi(answer.c_str() + 9);
}

/// A file in memory with digits that tell their place.
FileHandlePtr numbered_file(std::size_t size) {
  const int fd = ::memfd_create("test", MFD_CLOEXEC);
  std::string text;
  while (text.size() < size)
    text += std::to_string(text.size()) + ",";
  text.resize(size);
  REQUIRE(::write(fd, text.data(), size) == static_cast<ssize_t>(size));
  return std::make_shared<FileHandle>(fd);
}

std::string read_all(const FileHandlePtr& file, std::size_t size) {
  std::string out(size, '\0');
  REQUIRE(::pread(file->fd(), out.data(), size, 0) ==
          static_cast<ssize_t>(size));
  return out;
}

}  // namespace

TEST_CASE("files are served whole, in ranges and conditionally") {
  constexpr std::size_t kSize = 300'000;
  const auto file = numbered_file(kSize);
  const auto text = read_all(file, kSize);
  Routes routes([&](ServerRequest& request) {
    FileAnswer answer;
    answer.file = file;
    answer.size = kSize;
    answer.etag = "\"tag\"";
    answer.modified = hug::base::parse_http("Wed, 21 Oct 2026 07:28:00 GMT");
    return serve_file(request, std::move(answer));
  });
  const auto server = serve(routes);
  auto client = make_client();
  const auto ask = [&](Headers headers, const char* method = "GET") {
    auto request = get(url_of(*server, "/f"));
    request.method = method;
    request.headers = std::move(headers);
    return client.send(request).value();
  };
  const auto whole = ask({});
  CHECK(whole.status == 200);
  CHECK(whole.body == text);
  CHECK(whole.headers.get("ETag") == "\"tag\"");
  CHECK(whole.headers.get("Accept-Ranges") == "bytes");
  CHECK(whole.headers.get("Last-Modified") == "Wed, 21 Oct 2026 07:28:00 GMT");

  const auto part = ask({{"Range", "bytes=100000-199999"}});
  CHECK(part.status == 206);
  CHECK(part.body == text.substr(100'000, 100'000));
  CHECK(part.headers.get("Content-Range") == "bytes 100000-199999/300000");
  CHECK(ask({{"Range", "bytes=-7"}}).body == text.substr(kSize - 7));
  CHECK(ask({{"Range", "bytes=299999-"}}).body == text.substr(kSize - 1));

  const auto none = ask({{"Range", "bytes=300000-"}});
  CHECK(none.status == 416);
  CHECK(none.headers.get("Content-Range") == "bytes */300000");
  CHECK(ask({{"Range", "bytes=0-9"}, {"If-Range", "\"tag\""}}).status == 206);
  CHECK(ask({{"Range", "bytes=0-9"}, {"If-Range", "\"old\""}}).status == 200);
  CHECK(ask({{"Range", "bytes=0-9"}, {"If-Range", "W/\"tag\""}}).status == 200);
  CHECK(ask({{"If-None-Match", "\"x\", W/\"tag\""}}).status == 304);
  CHECK(ask({{"If-None-Match", "\"x\""}}).status == 200);
  CHECK(ask({{"If-Match", "\"x\""}}).status == 412);
  CHECK(ask({{"If-Modified-Since", "Wed, 21 Oct 2026 07:28:00 GMT"}}).status ==
        304);

  const auto head = ask({}, "HEAD");
  CHECK(head.status == 200);
  CHECK(head.headers.get("Content-Length") == "300000");
  CHECK(head.body.empty());
  CHECK(client.stats().connections == 1);
}

TEST_CASE("bodies stream to a sink, and early answers spare the upload") {
  class Count final : public BodySink {
   public:
    Result<void> write(std::span<const std::byte> bytes) override {
      total += bytes.size();
      if (total > limit) return hug::Error(Code::kNoSpace, "disk is full");
      return {};
    }

    std::uint64_t total = 0;
    std::uint64_t limit = ~std::uint64_t{0};
  };

  const auto sink = std::make_shared<Count>();
  Routes routes([&](ServerRequest&) { return ok("stored"); },
                [&](ServerRequest& request) -> std::optional<ServerResponse> {
                  if (request.path == "/denied") {
                    return ServerResponse::text(403, "no");
                  }
                  sink->total = 0;
                  request.limit_body(8 << 20);
                  request.stream_body(sink);
                  return std::nullopt;
                });
  const auto server = serve(routes);
  auto client = make_client();
  const auto put = [&](const char* path, std::size_t size) {
    auto request = get(url_of(*server, path));
    request.method = "PUT";
    request.body = text_body(std::string(size, 'x'));
    return client.send(request);
  };
  CHECK(put("/ok", 5 << 20)->body == "stored");
  CHECK(sink->total == 5 << 20);
  CHECK(put("/denied", 1000)->status == 403);
  CHECK(put("/ok", (8 << 20) + 1)->status == 413);
  sink->limit = 1000;
  const auto full = put("/ok", 100'000).value();
  CHECK(full.status == 507);
  CHECK(full.body == "disk is full\n");
}

TEST_CASE("a streamed answer that fails is seen to be incomplete") {
  Routes routes([](ServerRequest& request) {
    StreamBody body;
    auto left = std::make_shared<int>(3);
    const bool known = request.path == "/known";
    if (known) body.size = 40;
    body.read = [left](std::span<char> out) -> Result<std::size_t> {
      if (--*left < 0) return hug::Error(Code::kIo, "gone");
      std::fill_n(out.begin(), 10, 'x');
      return std::size_t{10};
    };
    ServerResponse out;
    out.body = std::move(body);
    return out;
  });
  const auto server = serve(routes);
  auto client = make_client();
  for (const char* path : {"/known", "/chunked"}) {
    CHECK(client.send(get(url_of(*server, path))).error().code() ==
          Code::kNetwork);
  }
}

TEST_CASE("exceptions in a handler become 500 and the server lives") {
  Routes routes([](ServerRequest& request) -> ServerResponse {
    if (request.path == "/bad") throw std::runtime_error("oops");
    return ok("fine");
  });
  const auto server = serve(routes);
  auto client = make_client();
  CHECK(client.send(get(url_of(*server, "/bad")))->status == 500);
  CHECK(client.send(get(url_of(*server, "/good")))->body == "fine");
}

TEST_CASE("malformed requests are refused") {
  Routes routes([](ServerRequest&) { return ok("fine"); });
  ServerOptions options;
  options.max_target = 1000;
  options.max_header_fields = 20;
  const auto server = serve(routes, options);
  const std::string host = "Host: localhost\r\nConnection: close\r\n";
  const auto status = [&](const std::string& request) {
    return status_in(talk(server->port(), request));
  };
  CHECK(status("GET / HTTP/1.1\r\n" + host + "\r\n") == 200);
  CHECK(status("GET http://localhost/x HTTP/1.1\r\n" + host + "\r\n") == 200);
  CHECK(status("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n") == 421);
  CHECK(status("GET / HTTP/1.1\r\nHost: localhost.evil.example\r\n"
               "Connection: close\r\n\r\n") == 421);
  std::string many;
  for (int i = 0; i < 30; ++i)
    many += "X-N: 1\r\n";
  const std::string refused[] = {
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
      "POST / HTTP/1.1\r\n" + host +
          "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\n" + host +
          "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
      "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\n" + host + "Content-Length: 1x\r\n\r\na",
      "GET / HTTP/1.1\r\n" + host + "X Bad: 1\r\n\r\n",
      "GET /" + std::string(2000, 'a') + " HTTP/1.1\r\n" + host + "\r\n",
      "GET / HTTP/1.1\r\n" + host + many + "\r\n",
      "GET nonsense HTTP/1.1\r\n" + host + "\r\n",
      "nonsense\r\n\r\n",
      "GET / HTTP/1.1\r\n" + host + "X: " + std::string(300'000, 'a') +
          "\r\n\r\n",
  };
  for (const auto& request : refused) {
    CAPTURE(request.substr(0, 100));
    const int got = status(request);
    CHECK((got == 0 || (got >= 400 && got < 500)));
  }
  CHECK(status("GET / HTTP/1.1\r\n" + host + "\r\n") == 200);
}

TEST_CASE("a chunked body obeys the same limit") {
  Routes routes([](ServerRequest& request) { return ok(request.body); });
  ServerOptions options;
  options.max_body = 10;
  const auto server = serve(routes, options);
  const std::string head =
      "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  const auto good = talk(server->port(), head + "5\r\nhello\r\n0\r\n\r\n");
  CHECK(status_in(good) == 200);
  CHECK(good.ends_with("hello"));
  const auto bad = talk(
      server->port(), head + "14\r\n" + std::string(20, 'x') + "\r\n0\r\n\r\n");
  CHECK(status_in(bad) != 200);
}

TEST_CASE("when full, the connection that waits longest makes room") {
  Routes routes([](ServerRequest&) { return ok("fine"); });
  ServerOptions options;
  options.max_connections = 8;
  const auto server = serve(routes, options);
  // Slow clients: a piece of a header, and then nothing.
  std::vector<hug::sys::Fd> slow;
  for (int i = 0; i < 40; ++i) {
    slow.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(slow.back().get(), reinterpret_cast<sockaddr*>(&address),
                      sizeof address) == 0);
    ::send(slow.back().get(), "GET / HT", 8, MSG_NOSIGNAL);
  }
  auto client = make_client();
  for (int i = 0; i < 20; ++i) {
    CHECK(client.send(get(url_of(*server, "/")))->body == "fine");
  }
}

TEST_CASE("draining finishes what is in flight and takes nothing new") {
  std::promise<void> arrived;
  std::promise<void> go_on;
  Routes routes([&](ServerRequest&) {
    arrived.set_value();
    go_on.get_future().wait();
    return ok("done");
  });
  const auto server = serve(routes);
  const auto url = url_of(*server, "/");
  auto client = make_client();
  auto answer =
      std::async(std::launch::async, [&] { return client.send(get(url)); });
  arrived.get_future().wait();
  CHECK(server->active() == 1);
  auto drained = std::async(std::launch::async, [&] {
    return server->drain(std::chrono::seconds(60));
  });
  // Until the listener is closed a new connection may still be queued; then
  // it is refused.
  auto other = make_client();
  Request late = get(url);
  late.timeouts = Timeouts{};
  late.timeouts->first_byte = Millis(200);
  for (;;) {
    const auto result = other.send(late);
    if (!result && result.error().code() == Code::kNetwork) break;
  }
  go_on.set_value();
  const auto response = answer.get().value();
  CHECK(response.body == "done");
  CHECK(drained.get());
}

TEST_CASE("one port is not taken twice; bad addresses are refused") {
  Routes routes([](ServerRequest&) { return ok(""); });
  const auto server = serve(routes);
  ServerOptions options;
  options.port = server->port();
  CHECK(Server::start(options, routes).error().code() == Code::kBusy);
  options.host = "no such host";
  CHECK(Server::start(options, routes).error().code() == Code::kUsage);
}
