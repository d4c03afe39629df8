// The server over its public interface: rights, headers, conditions.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <nlohmann/json.hpp>

#include "fixture.h"
#include "http/client/client.h"
#include "hug/hub_server.h"
#include "sys/clock.h"

using namespace hug;
using hug::test::must;

namespace {

using Json = nlohmann::json;

struct Running {
  test::TempDir temp;
  Context context{Context::Options{}};
  HubServer server;
  http::Client client{{}, sys::real_clock()};

  Running() : server(start()) {}

  HubServer start() {
    must(must(HubDirectory::open(context, temp / "hub")).add_user("alice"));
    return must(
        HubServer::start(context, {.dir = temp / "hub", .owner = true}));
  }

  std::string token(const std::string& user, HubRole role) {
    auto hub = must(HubDirectory::open(context, temp / "hub"));
    return must(hub.create_token(user, role, "", true));
  }

  http::Response call(const std::string& method, const std::string& path,
                      const std::string& token, const std::string& body = "",
                      http::Headers headers = {}) {
    http::Request request;
    request.method = method;
    request.url = must(http::parse_url(server.endpoint() + path));
    if (!token.empty()) {
      request.credential =
          http::bearer(base::Secret(token), {request.url.origin()});
    }
    request.redirects = http::Redirects::kNone;
    if (!body.empty()) {
      request.body = http::text_body(body);
      headers.set("Content-Type", "application/json");
    }
    request.headers = std::move(headers);
    return must(client.send(request));
  }

  void make(const std::string& name, bool is_private) {
    const Json body = {{"name", name},
                       {"organization", "alice"},
                       {"visibility", is_private ? "private" : "public"}};
    REQUIRE(call("POST", "/api/repos/create", server.owner_token(), body.dump())
                .status == 200);
  }

  http::Response commit(const std::string& repo, const std::string& lines,
                        const std::string& token) {
    return call("POST", "/api/models/" + repo + "/commit/main", token,
                test::header_line() + lines);
  }
};

// The status line of an answer to a request that names this host.
std::string first_line(std::uint16_t port, const std::string& host) {
  const sys::Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address),
                    sizeof address) == 0);
  const std::string text = "GET /api/models HTTP/1.1\r\nHost: " + host +
                           "\r\nConnection: close\r\n\r\n";
  REQUIRE(::send(fd.get(), text.data(), text.size(), 0) ==
          static_cast<ssize_t>(text.size()));
  std::string out;
  for (char c = 0; ::recv(fd.get(), &c, 1, 0) == 1 && c != '\r';)
    out += c;
  return out;
}

}  // namespace

TEST_CASE("server: what one may not know is not there") {
  Running hub;
  hub.make("open", false);
  hub.make("secret", true);
  REQUIRE(hub.commit("alice/secret", test::file_line("f", "x"),
                     hub.server.owner_token())
              .status == 200);
  const std::string bob = hub.token("bob", HubRole::kWrite);
  const std::string reader = hub.token("alice", HubRole::kRead);
  const char* paths[] = {"/api/models/alice/X",
                         "/api/models/alice/X/tree/main",
                         "/api/models/alice/X/refs",
                         "/api/models/alice/X/commits/main",
                         "/api/models/alice/X/discussions",
                         "/alice/X/resolve/main/f",
                         "/alice/X/raw/main/f"};
  for (const std::string path : paths) {
    const auto at = [&](const std::string& name, const std::string& token) {
      std::string url = path;
      return hub.call("GET", url.replace(url.find('X'), 1, name), token);
    };
    for (const std::string& token : {bob, std::string()}) {
      const auto secret = at("secret", token);
      const auto absent = at("absent", token);
      CHECK_MESSAGE(secret.status == (token.empty() ? 401 : 404), path);
      CHECK(secret.headers.get("X-Error-Code") == "RepoNotFound");
      // The two cannot be told apart.
      CHECK(secret.status == absent.status);
      CHECK(secret.body == absent.body);
    }
    CHECK_MESSAGE(at("secret", reader).status == 200, path);
  }
  const auto list = hub.call("GET", "/api/models", bob);
  CHECK(list.body.find("secret") == std::string::npos);
  CHECK(list.body.find("alice/open") != std::string::npos);
}

TEST_CASE("server: writing needs a token that writes, in one's own namespace") {
  Running hub;
  hub.make("open", false);
  const std::string bob = hub.token("bob", HubRole::kWrite);
  const std::string reader = hub.token("alice", HubRole::kRead);

  struct Row {
    const char* method;
    const char* path;
    const char* body;
  };

  const Row rows[] = {
      {"POST", "/api/models/alice/open/branch/b", "{}"},
      {"POST", "/api/models/alice/open/tag/main", R"({"tag":"t"})"},
      {"DELETE", "/api/models/alice/open/branch/b", ""},
      {"PUT", "/api/models/alice/open/settings", R"({"private":true})"},
      {"POST", "/api/models/alice/open/super-squash/main", "{}"},
      {"POST", "/api/models/alice/open/preupload/main", R"({"files":[]})"},
      {"DELETE", "/api/repos/delete",
       R"({"name":"open","organization":"alice"})"},
      {"POST", "/api/repos/create", R"({"name":"n","organization":"alice"})"},
      {"POST", "/api/repos/move",
       R"({"fromRepo":"alice/open","toRepo":"alice/x","type":"model"})"}};
  for (const Row& row : rows) {
    CHECK_MESSAGE(hub.call(row.method, row.path, bob, row.body).status == 403,
                  row.path);
    CHECK(hub.call(row.method, row.path, reader, row.body).status == 403);
    CHECK(hub.call(row.method, row.path, "", row.body).status == 401);
  }
  for (const std::string& token : {bob, reader}) {
    CHECK(hub.commit("alice/open", test::file_line("f", "x"), token).status ==
          403);
  }
  CHECK(hub.commit("alice/open", test::file_line("f", "x"), "").status == 401);
  CHECK(hub.call("GET", "/api/models/alice/open", "hf_wrong").status == 401);
}

TEST_CASE("server: ranges, conditions and the headers clients look for") {
  Running hub;
  hub.make("open", false);
  REQUIRE(hub.commit("alice/open", test::file_line("d/f.txt", "0123456789"),
                     hub.server.owner_token())
              .status == 200);
  const std::string path = "/alice/open/resolve/main/d/f.txt";
  const auto whole = hub.call("GET", path, "");
  CHECK(whole.body == "0123456789");
  const std::string etag(whole.headers.get("ETag"));
  CHECK(etag == "\"" + base::git_blob_id("0123456789") + "\"");
  CHECK(whole.headers.get("X-Repo-Commit").size() == 40);
  CHECK(whole.headers.get("Accept-Ranges") == "bytes");
  CHECK(whole.headers.get("Content-Disposition") ==
        "inline; filename*=UTF-8''f.txt; filename=\"f.txt\";");
  CHECK(!whole.headers.get("X-Request-Id").empty());
  const auto head = hub.call("HEAD", path, "");
  CHECK(head.headers.get("Content-Length") == "10");
  CHECK(head.headers.get("ETag") == etag);

  struct Row {
    const char* range;
    int status;
    const char* body;
    const char* content_range;
  };

  const Row rows[] = {{"bytes=2-4", 206, "234", "bytes 2-4/10"},
                      {"bytes=7-", 206, "789", "bytes 7-9/10"},
                      {"bytes=-2", 206, "89", "bytes 8-9/10"},
                      {"bytes=0-99", 206, "0123456789", "bytes 0-9/10"},
                      {"bytes=10-", 416, "", "bytes */10"},
                      {"bytes=0-1,4-5", 200, "0123456789", ""},
                      {"lines=1-2", 200, "0123456789", ""}};
  for (const Row& row : rows) {
    const auto out = hub.call("GET", path, "", "", {{"Range", row.range}});
    CHECK_MESSAGE(out.status == row.status, row.range);
    CHECK(out.body == row.body);
    CHECK(out.headers.get("Content-Range") == row.content_range);
  }
  CHECK(hub.call("GET", path, "", "", {{"If-None-Match", etag}}).status == 304);
  CHECK(hub.call("GET", path, "", "",
                 {{"Range", "bytes=0-1"}, {"If-Range", "\"other\""}})
            .status == 200);
  CHECK(hub.call("GET", path, "", "",
                 {{"Range", "bytes=0-1"}, {"If-Range", etag}})
            .status == 206);
  const auto missing = hub.call("GET", "/alice/open/resolve/main/no", "");
  CHECK(missing.status == 404);
  CHECK(missing.headers.get("X-Error-Code") == "EntryNotFound");
  CHECK(missing.headers.get("X-Repo-Commit").size() == 40);
  CHECK(hub.call("HEAD", "/alice/open/resolve/main/d", "").status == 404);
  const auto revision = hub.call("GET", "/alice/open/resolve/no/f", "");
  CHECK(revision.headers.get("X-Error-Code") == "RevisionNotFound");
}

TEST_CASE("server: foreign hosts and origins are turned away") {
  Running hub;
  hub.make("open", false);
  CHECK(first_line(hub.server.port(), "evil.example") ==
        "HTTP/1.1 421 Misdirected Request");
  CHECK(first_line(hub.server.port(), "localhost") == "HTTP/1.1 200 OK");
  CHECK(hub.call("POST", "/api/validate-yaml", "", R"({"content":"x"})",
                 {{"Origin", "http://evil.example"}})
            .status == 403);
  const auto read = hub.call("GET", "/api/models", "", "",
                             {{"Origin", "http://evil.example"}});
  CHECK(!read.headers.has("Access-Control-Allow-Origin"));
}

TEST_CASE("server: lists page by Link, newest first") {
  Running hub;
  for (const char* name : {"p1", "p2", "p3"})
    hub.make(name, false);
  const auto first = hub.call("GET", "/api/models?limit=2&sort=id", "");
  CHECK(Json::parse(first.body).size() == 2);
  const auto next = http::find_link(first.headers, "next");
  REQUIRE(next);
  CHECK(next->starts_with(hub.server.endpoint()));
  const auto second =
      hub.call("GET", next->substr(hub.server.endpoint().size()), "");
  CHECK(Json::parse(second.body).size() == 1);
  CHECK(!http::find_link(second.headers, "next"));
  CHECK(hub.call("GET", "/api/models?sort=nonsense", "").status == 400);
}

TEST_CASE("server: a moved repo answers under its old name with 307") {
  Running hub;
  hub.make("old", false);
  REQUIRE(hub.call("POST", "/api/repos/move", hub.server.owner_token(),
                   R"({"fromRepo":"alice/old","toRepo":"alice/new"})")
              .status == 200);
  const auto api = hub.call("GET", "/api/models/alice/old/refs?x=1", "");
  CHECK(api.status == 307);
  CHECK(api.headers.get("Location") == "/api/models/alice/new/refs?x=1");
  const auto file = hub.call("GET", "/alice/old/resolve/main/a%20b", "");
  CHECK(file.headers.get("Location") == "/alice/new/resolve/main/a%20b");
  const auto cased = hub.call("GET", "/api/models/ALICE/new", "");
  CHECK(cased.headers.get("Location") == "/api/models/alice/new");
}

TEST_CASE("server: owner mode makes namespaces as it needs them") {
  Running hub;
  CHECK(!hub.server.owner_token().empty());
  const auto who = hub.call("GET", "/api/whoami-v2", hub.server.owner_token());
  CHECK(Json::parse(who.body)["name"] == hub.server.owner_name());
  CHECK(hub.call("POST", "/api/repos/create", hub.server.owner_token(),
                 R"({"name":"x","organization":"team"})")
            .status == 200);
  hub.server.stop();
}

TEST_CASE("server: a digest alone gives no right to an object") {
  Running hub;
  hub.make("secret", true);
  const std::string alice = hub.token("alice", HubRole::kWrite);
  const std::string bob = hub.token("bob", HubRole::kWrite);
  REQUIRE(
      hub.call("POST", "/api/repos/create", bob, R"({"name":"mine"})").status ==
      200);
  const std::string content = "private bytes";
  const std::string oid = base::sha256_hex(content);
  const std::string batch =
      R"({"operation":"upload","transfers":["basic"],"objects":[{"oid":")" +
      oid + R"(","size":13}]})";
  const auto ask = [&](const std::string& repo, const std::string& token) {
    const auto out = hub.call(
        "POST", "/" + repo + ".git/info/lfs/objects/batch", token, batch);
    REQUIRE(out.status == 200);
    return Json::parse(out.body)["objects"][0];
  };
  const std::string href =
      ask("alice/secret", alice)["actions"]["upload"]["href"];
  const std::string target = href.substr(hub.server.endpoint().size());
  CHECK(hub.call("PUT", target, "", "other bytes!!").status == 400);
  CHECK(hub.call("PUT", target + "0", "", content).status == 403);
  REQUIRE(hub.call("PUT", target, "", content).status == 200);
  const std::string lines = test::lfs_line("f", oid);
  REQUIRE(hub.commit("alice/secret", lines, alice).status == 200);
  CHECK(!ask("alice/secret", alice).contains("actions"));
  CHECK(ask("bob/mine", bob).contains("actions"));
  CHECK(hub.commit("bob/mine", lines, bob).status == 400);
  // Whoever has the bytes may have them twice.
  const std::string again = ask("bob/mine", bob)["actions"]["upload"]["href"];
  REQUIRE(
      hub.call("PUT", again.substr(hub.server.endpoint().size()), "", content)
          .status == 200);
  CHECK(hub.commit("bob/mine", lines, bob).status == 200);
  CHECK(hub.call("GET", "/bob/mine/resolve/main/f", "").body == content);
}

TEST_CASE(
    "server: objects are copied between repos by who may read and write") {
  Running hub;
  hub.make("from", true);
  const std::string alice = hub.token("alice", HubRole::kWrite);
  const std::string bob = hub.token("bob", HubRole::kWrite);
  hub.make("to", true);
  REQUIRE(
      hub.call("POST", "/api/repos/create", bob, R"({"name":"mine"})").status ==
      200);
  const std::string content = "large bytes";
  const std::string oid = base::sha256_hex(content);
  const Json offer = {{"operation", "upload"},
                      {"objects", {{{"oid", oid}, {"size", content.size()}}}}};
  const auto answer = hub.call("POST", "/alice/from.git/info/lfs/objects/batch",
                               alice, offer.dump());
  const std::string href =
      Json::parse(answer.body)["objects"][0]["actions"]["upload"]["href"];
  REQUIRE(
      hub.call("PUT", href.substr(hub.server.endpoint().size()), "", content)
          .status == 200);
  REQUIRE(hub.commit("alice/from", test::lfs_line("f", oid), alice).status ==
          200);
  const auto copy = [&](const std::string& target, const std::string& sha256,
                        const std::string& token) {
    const Json body = {{"target", {{"type", "model"}, {"name", target}}},
                       {"files", {{{"sha256", sha256}, {"filename", "g"}}}}};
    return hub.call("POST", "/api/models/alice/from/lfs-files/duplicate", token,
                    body.dump());
  };
  const auto fine = copy("alice/to", oid, alice);
  REQUIRE(fine.status == 200);
  CHECK(Json::parse(fine.body)["failed"].empty());
  CHECK(hub.commit("alice/to", test::lfs_line("g", oid), alice).status == 200);
  const auto unknown = copy("alice/to", std::string(64, 'a'), alice);
  REQUIRE(unknown.status == 200);
  CHECK(Json::parse(unknown.body)["failed"].size() == 1);
  CHECK(copy("alice/none", oid, alice).status == 404);
  CHECK(copy("bob/mine", oid, alice).status == 403);
  CHECK(copy("bob/mine", oid, bob).status >= 401);
  CHECK(hub.commit("bob/mine", test::lfs_line("g", oid), bob).status == 400);
}

TEST_CASE("server: one's own repos, private ones too") {
  Running hub;
  const std::string alice = hub.token("alice", HubRole::kRead);
  const std::string bob = hub.token("bob", HubRole::kRead);
  hub.make("hidden", true);
  const std::string path = "/api/settings/repositories";
  const auto own = Json::parse(hub.call("GET", path, alice).body);
  REQUIRE(own.size() == 1);
  CHECK(own[0]["id"] == "alice/hidden");
  CHECK(own[0]["type"] == "model");
  CHECK(own[0]["visibility"] == "private");
  CHECK(Json::parse(hub.call("GET", path, bob).body).empty());
  CHECK(hub.call("GET", path, "").status == 401);
  CHECK(hub.call("GET", "/api/organizations/alice/settings/repositories", bob)
            .status == 403);
}
