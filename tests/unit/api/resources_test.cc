#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "api/commit.h"
#include "api/lfs.h"
#include "api/preupload.h"
#include "api/session.h"
#include "data/base64.h"
#include "hug/auth.h"
#include "hug/repo.h"
#include "support/canned_hub.h"
#include "support/fake_clock.h"

using namespace hug;

namespace {

const std::string kSha(40, 'a');
const std::string kDigest(64, 'd');

struct Fixture {
  Fixture() {
    context.parts().clock = std::make_shared<test::FakeClock>();
    auto opened =
        Hub::open(context, {.endpoint = canned.url(), .token = "hf_secret"});
    REQUIRE(opened.has_value());
    hub.emplace(std::move(*opened));
  }

  test::CannedHub canned;
  Context context{Context::Options{}};
  std::optional<Hub> hub;
  RepoId repo{RepoType::kModel, "a", "b"};
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "repository info is read") {
  canned.on("GET /api/models/a/b/revision/dev%2Fx", 200,
            R"({"id":"a/b","sha":")" + kSha +
                R"(","private":true,"gated":"manual","likes":3,
                "tags":["gguf",7],"siblings":[
                {"rfilename":"x.bin","size":9,"blobId":")" +
                kSha + R"(","lfs":{"sha256":")" + kDigest +
                R"(","size":12,"pointerSize":130}}]})");
  const auto info = repo_info(*hub, repo, {.revision = "dev/x", .blobs = true});
  REQUIRE(info.has_value());
  CHECK(info->sha == kSha);
  CHECK(info->is_private);
  CHECK(info->gated == "manual");
  CHECK(info->tags == std::vector<std::string>{"gguf"});
  REQUIRE(info->files.size() == 1);
  CHECK(info->files[0].size == 12);
  CHECK(info->files[0].etag() == kDigest);
  CHECK(canned.requests().back() ==
        "GET /api/models/a/b/revision/dev%2Fx?blobs=true");
}

TEST_CASE_FIXTURE(Fixture, "a listing follows its pages") {
  canned.on("GET /api/models/a/b/tree/main", [&](auto& request) {
    const bool second = request.param("cursor").has_value();
    auto answer = http::ServerResponse::json(
        200, second ? R"([{"type":"file","path":"a.txt","size":1,"oid":")" +
                          kSha + R"("}])"
                    : R"([{"type":"directory","path":"z","oid":")" + kSha +
                          R"("},{"type":"file","path":"z/m","size":2,"oid":")" +
                          kSha + R"(","lfs":{"oid":")" + kDigest +
                          R"(","size":77,"pointerSize":1}}])");
    if (!second) {
      answer.headers.set("Link", "<" + canned.url() +
                                     "/api/models/a/b/tree/main?cursor=2>; "
                                     "rel=\"next\"");
    }
    return answer;
  });
  const auto tree = list_tree(*hub, repo);
  REQUIRE(tree.has_value());
  REQUIRE(tree->size() == 3);
  CHECK((*tree)[0].path == "a.txt");
  CHECK((*tree)[1].folder);
  CHECK((*tree)[2].size == 77);
  CHECK((*tree)[2].etag() == kDigest);
}

TEST_CASE_FIXTURE(Fixture, "a digest that is no digest is not taken over") {
  canned.on("POST /api/models/a/b/paths-info/main", 200,
            R"([{"type":"file","path":"x","size":1,"oid":"../../etc"}])");
  const auto entries = paths_info(*hub, repo, "main", {"x"});
  REQUIRE(entries.has_value());
  CHECK((*entries)[0].etag().empty());
  CHECK(canned.last_body() == "paths=x&expand=false");
}

TEST_CASE_FIXTURE(Fixture, "refusals have a meaning") {
  struct Row {
    int status;
    const char* code;
    Code meaning;
  };

  for (const Row row :
       {Row{404, "RepoNotFound", Code::kNotFound},
        Row{401, "RepoNotFound", Code::kNotFound},
        Row{404, "RevisionNotFound", Code::kNotFound},
        Row{404, "EntryNotFound", Code::kNotFound},
        Row{403, "GatedRepo", Code::kGated},
        Row{401, "GatedRepo", Code::kGated}, Row{401, "", Code::kUnauthorized},
        Row{403, "", Code::kDenied}, Row{409, "", Code::kConflict},
        Row{412, "", Code::kConflict}, Row{413, "", Code::kLimit}}) {
    CAPTURE(row.status);
    CAPTURE(row.code);
    canned.on("GET /api/models/a/b", [&](auto&) {
      return test::hub_refusal(row.status, row.code, "Said The Hub");
    });
    const auto info = repo_info(*hub, repo);
    REQUIRE_FALSE(info.has_value());
    CHECK(info.error().code() == row.meaning);
    CHECK(info.error().http_status() == row.status);
    CHECK(info.error().remote_code() == row.code);
    CHECK(info.error().message().find("a/b") != std::string::npos);
    CHECK(info.error().message().find("aid The Hub") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(Fixture, "an existing repository may be wanted") {
  canned.on("POST /api/repos/create", 409,
            R"({"error":"exists","url":")" + canned.url() + R"(/A/b"})");
  const auto refused = create_repo(*hub, repo);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == Code::kConflict);
  const auto made = create_repo(*hub, repo, {.exist_ok = true});
  REQUIRE(made.has_value());
  CHECK(made->existed);
  CHECK(made->id.full() == "A/b");
  CHECK(
      nlohmann::json::parse(canned.last_body()) ==
      nlohmann::json{{"name", "b"}, {"organization", "a"}, {"type", "model"}});
}

TEST_CASE_FIXTURE(Fixture, "the token goes to the hub and nowhere else") {
  test::CannedHub other;
  std::string seen_here;
  std::string seen_there = "not asked";
  other.on("GET /x", [&](auto& request) {
    seen_there = request.headers.get("Authorization");
    return http::ServerResponse::json(200, R"({"name":"n"})");
  });
  canned.on("GET /api/whoami-v2", [&](auto& request) {
    seen_here = request.headers.get("Authorization");
    http::ServerResponse answer;
    answer.status = 302;
    answer.headers.set("Location", other.url() + "/x");
    return answer;
  });
  CHECK(whoami(*hub).has_value());
  CHECK(seen_here == "Bearer hf_secret");
  CHECK(seen_there.empty());
}

TEST_CASE_FIXTURE(Fixture, "questions about new files") {
  canned.on("POST /api/models/a/b/preupload/main", 200,
            R"({"files":[{"path":"b","uploadMode":"lfs","shouldIgnore":false,
            "oid":")" +
                kDigest + R"("},
            {"path":"a","uploadMode":"lfs","shouldIgnore":true}]})");
  const auto answers = api::preupload(*hub, repo, {"main", false, "*.tmp\n"},
                                      {{"a", 0, ""}, {"b", 5, "hello"}});
  REQUIRE(answers.has_value());
  CHECK_FALSE((*answers)[0].large);  // empty files are regular
  CHECK((*answers)[0].ignored);
  CHECK((*answers)[1].large);
  CHECK((*answers)[1].oid == kDigest);
  const auto body = nlohmann::json::parse(canned.last_body());
  CHECK(body["gitIgnore"] == "*.tmp\n");
  CHECK(body["files"][1]["sample"] == data::to_base64("hello"));
  CHECK_FALSE(
      api::preupload(*hub, repo, {}, {{"missing", 1, "x"}}).has_value());
}

TEST_CASE_FIXTURE(Fixture, "instructions for large objects") {
  const auto answer = [&](const std::string& actions) {
    canned.on("POST /a/b.git/info/lfs/objects/batch", 200,
              R"({"objects":[{"oid":")" + kDigest + R"(","size":25)" + actions +
                  "}]}");
    return api::lfs_batch(*hub, repo, "main", {{kDigest, 25}});
  };
  const auto stored = answer("");
  REQUIRE(stored.has_value());
  CHECK_FALSE((*stored)[0].upload.has_value());
  const auto parts = answer(
      R"(,"actions":{"upload":{"href":"http://h/done","header":{
      "chunk_size":"10","2":"http://h/2","1":"http://h/1","3":"http://h/3",
      "x":"y"}}})");
  REQUIRE(parts.has_value());
  CHECK((*parts)[0].part_size == 10);
  REQUIRE((*parts)[0].part_urls.size() == 3);
  CHECK((*parts)[0].part_urls[1].text() == "http://h/2");
  CHECK((*parts)[0].upload->header.size() == 1);
  CHECK_FALSE(answer(R"(,"actions":{"upload":{"href":"http://h/done",
      "header":{"chunk_size":"10","1":"http://h/1"}}})")
                  .has_value());
  CHECK_FALSE(answer(R"(,"error":{"code":422,"message":"no"})").has_value());
}

TEST_CASE_FIXTURE(Fixture, "a commit is sent as lines") {
  canned.on("POST /api/models/a/b/commit/main", 200,
            R"({"success":true,"commitOid":")" + kSha +
                R"(","commitUrl":"u","pullRequestUrl":"p/discussions/3"})");
  const std::string big(200'000, 'q');
  const auto made = api::post_commit(
      *hub, repo, {"main", true},
      {api::head_line({"s", "d", kSha}),
       api::file_line("x \"y\".txt", http::text_body(big)),
       api::large_line("l", kDigest, 7), api::delete_line("old", true)});
  REQUIRE(made.has_value());
  CHECK(made->commit == kSha);
  CHECK(canned.requests().back() ==
        "POST /api/models/a/b/commit/main?create_pr=1");
  const auto body = canned.last_body();
  std::vector<nlohmann::json> lines;
  for (std::size_t at = 0; at < body.size();) {
    const auto end = body.find('\n', at);
    lines.push_back(nlohmann::json::parse(body.substr(at, end - at)));
    at = end + 1;
  }
  REQUIRE(lines.size() == 4);
  CHECK(lines[0]["value"]["parentCommit"] == kSha);
  CHECK(lines[1]["value"]["path"] == "x \"y\".txt");
  CHECK(lines[1]["value"]["content"] == data::to_base64(big));
  CHECK(lines[2]["value"]["size"] == 7);
  CHECK(lines[3]["value"]["path"] == "old/");
}

TEST_CASE("offline, nothing is sent") {
  test::CannedHub canned;
  Context context({.environment = {{"HF_HUB_OFFLINE", "1"}}});
  auto hub = Hub::open(context, {.endpoint = canned.url(), .token = ""});
  REQUIRE(hub.has_value());
  const auto info = repo_info(*hub, {RepoType::kModel, "a", "b"});
  REQUIRE_FALSE(info.has_value());
  CHECK(info.error().code() == Code::kOffline);
  CHECK(canned.requests().empty());
  Context masked({.environment = {{"HF_HUB_OFFLINE", "0"},
                                  {"TRANSFORMERS_OFFLINE", "1"}}});
  CHECK_FALSE(Hub::open(masked, {.endpoint = canned.url()})->offline());
}
