// Where a token goes when a server says where to go next.
#include <doctest/doctest.h>

#include <map>

#include "base/strings.h"
#include "fixtures.h"

using namespace hug::http;
using namespace hug::http::test;
using hug::Code;

namespace {

constexpr const char* kToken = "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";

/// Answers "/start" with the redirect under test and everything else with 200.
class Place {
 public:
  Place()
      : routes([this](ServerRequest& request) {
          if (request.path == "/start" && !location.empty()) {
            ServerResponse out;
            out.status = status;
            out.headers.add("Location", location);
            return out;
          }
          if (request.path == "/back") {
            ServerResponse out;
            out.status = 302;
            out.headers.add("Location", back);
            return out;
          }
          return ServerResponse::text(200, "end");
        }) {
    ServerOptions options;
    options.host_allowed = [](std::string_view) { return true; };
    server = serve(routes, options);
  }

  std::string address() const {
    return "127.0.0.1:" + std::to_string(server->port());
  }

  std::string location;
  std::string back;
  int status = 302;
  Routes routes;
  std::unique_ptr<Server> server;
};

Request request_to(const Place& home) {
  auto request = get(url_of(*home.server, "/start"));
  request.credential =
      bearer(hug::base::Secret(kToken),
             {home.server->url().empty() ? Origin{} : request.url.origin()});
  request.headers = {{"X-Custom", "mine"}, {"Range", "bytes=0-"}};
  return request;
}

bool carries_secret(const ServerRequest& request) {
  for (const auto& [name, value] : request.headers.fields()) {
    if (value.find("CANARY") != std::string::npos) return true;
  }
  return request.target.find("CANARY") != std::string::npos;
}

ClientOptions quick() {
  ClientOptions options;
  options.timeouts.connect = Millis(2000);
  options.timeouts.first_byte = Millis(2000);
  return options;
}

}  // namespace

TEST_CASE("no shape of a redirect takes the token to a foreign origin") {
  Place home;
  Place foreign;
  const auto h = home.address();
  const auto f = foreign.address();
  const auto port = std::to_string(home.server->port());
  const std::string shapes[] = {
      "http://" + f + "/x",
      "//" + f + "/x",
      "HTTP://" + f + "/x",
      "  http://" + f + "/x  ",
      "http://localhost:" + port + "/x",
      "http://LocalHost:" + port + "/x",
      "http://127.0.0.1.:" + port + "/x",
      "http://127.1:" + port + "/x",
      "http://2130706433:" + port + "/x",
      "http://0x7f.0.0.1:" + port + "/x",
      "http://0177.0.0.1:" + port + "/x",
      "http://[::ffff:127.0.0.1]:" + port + "/x",
      "http://user:pw@" + f + "/x",
      "http://" + h + "@" + f + "/x",
      "http://" + h + "%2f@" + f + "/x",
      "http://" + h + "\\@" + f + "/x",
      "http://" + f + "\\@" + h + "/x",
      "http://" + f + "#@" + h + "/x",
      "http://" + f + "?@" + h + "/x",
      "http://" + f + "/@" + h + "/x",
      "http:\\\\" + f + "\\x",
      "/\\" + f + "/x",
      "\\\\" + f + "/x",
      "///" + f + "/x",
      "http:/" + f + "/x",
      "http:" + f + "/x",
      "https://" + f + "/x",
      "ftp://" + f + "/x",
      "file:///etc/passwd",
      "javascript:alert(1)",
      "http://" + h + ":" + port + "/x",
      "http://127.0.0.1%2f:" + port + "/x",
      "http://127.0.0.1\xef\xbc\x8f.evil:" + port + "/x",
      "http://" + f + "/back",  // out and back home
  };
  foreign.back = "http://" + h + "/returned";
  for (const auto& shape : shapes) {
    for (const int status : {301, 302, 303, 307, 308}) {
      CAPTURE(shape);
      CAPTURE(status);
      home.location = shape;
      home.status = status;
      Client client(quick(), hug::sys::real_clock());
      auto request = request_to(home);
      if (status == 307) {
        request.method = "POST";
        request.body = text_body("body");
      }
      (void)client.send(request);
      for (const auto& seen : foreign.routes.seen()) {
        CHECK(!carries_secret(seen));
        CHECK(!seen.headers.has("X-Custom"));
        CHECK(!seen.headers.has("Cookie"));
      }
      // Another name for the same machine is another origin.
      for (const auto& seen : home.routes.seen()) {
        if (seen.headers.get("Host") != h) CHECK(!carries_secret(seen));
        if (seen.path == "/returned") CHECK(!carries_secret(seen));
      }
    }
  }
  CHECK(carries_secret(home.routes.seen().front()));
}

TEST_CASE("the token stays on redirects within its origins") {
  Place home;
  home.location = "/elsewhere?x=1";
  Client client(quick(), hug::sys::real_clock());
  const auto response = client.send(request_to(home)).value();
  CHECK(response.status == 200);
  CHECK(response.url.text() == "http://" + home.address() + "/elsewhere?x=1");
  REQUIRE(response.hops.size() == 1);
  CHECK(response.hops[0].status == 302);
  CHECK(response.hops[0].headers.get("Location") == "/elsewhere?x=1");
  const auto seen = home.routes.seen();
  CHECK(carries_secret(seen.back()));
  CHECK(seen.back().headers.get("X-Custom") == "mine");
}

TEST_CASE("ranges cross origins, and a second trusted origin gets the token") {
  Place home;
  Place other;
  home.location = "http://" + other.address() + "/x";
  Client client(quick(), hug::sys::real_clock());
  auto request = request_to(home);
  CHECK(client.send(request)->status == 200);
  CHECK(other.routes.seen().back().headers.get("Range") == "bytes=0-");
  CHECK(!carries_secret(other.routes.seen().back()));
  request.credential->origins.push_back(url_of(*other.server, "/").origin());
  CHECK(client.send(request)->status == 200);
  CHECK(carries_secret(other.routes.seen().back()));
}

TEST_CASE("an untrusted target can end the chain") {
  Place home;
  Place other;
  home.location = "http://" + other.address() + "/x";
  Client client(quick(), hug::sys::real_clock());
  auto request = request_to(home);
  request.redirects = Redirects::kTrusted;
  const auto response = client.send(request).value();
  CHECK(response.status == 302);
  CHECK(response.headers.get("Location") == home.location);
  CHECK(other.routes.seen().empty());
  request.redirects = Redirects::kNone;
  home.location = "/same";
  CHECK(client.send(request)->status == 302);
}

TEST_CASE("methods and bodies change as the status says") {
  Place home;
  home.location = "/end";

  struct Row {
    int status;
    const char* method;
    const char* then;
    bool body;
  };

  const Row rows[] = {
      {301, "POST", "GET", false}, {302, "POST", "GET", false},
      {303, "POST", "GET", false}, {303, "PUT", "GET", false},
      {307, "POST", "POST", true}, {308, "PUT", "PUT", true},
      {302, "PUT", "PUT", true},
  };
  for (const auto& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.method);
    home.status = row.status;
    Client client(quick(), hug::sys::real_clock());
    auto request = request_to(home);
    request.method = row.method;
    request.headers.add("Content-Type", "text/x");
    request.body = text_body("payload");
    CHECK(client.send(request)->status == 200);
    const auto seen = home.routes.seen().back();
    CHECK(seen.method == row.then);
    CHECK(seen.body == (row.body ? "payload" : ""));
    CHECK(seen.headers.has("Content-Type") == row.body);
  }
}

TEST_CASE("loops end") {
  Place home;
  home.location = "/start";
  Client client(quick(), hug::sys::real_clock());
  const auto error = client.send(request_to(home)).error();
  CHECK(error.message().find("more than 10 redirects") != std::string::npos);
  CHECK(client.stats().requests == 11);
}

TEST_CASE("names and passwords in a URL go to its own origin only") {
  Place home;
  Place foreign;
  home.location = "http://" + foreign.address() + "/x";
  Client client(quick(), hug::sys::real_clock());
  auto request =
      get(parse_url("http://me:CANARY@" + home.address() + "/start").value());
  CHECK(client.send(request)->status == 200);
  CHECK(home.routes.seen().back().headers.get("Authorization") ==
        "Basic bWU6Q0FOQVJZ");
  CHECK(!foreign.routes.seen().back().headers.has("Authorization"));
}
