#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>

#include "api/token_store.h"
#include "hug/auth.h"
#include "support/canned_hub.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

using namespace hug;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat info {};

  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

struct Home {
  Context make(std::map<std::string, std::string, std::less<>> more = {}) {
    more["HF_HOME"] = dir / "home";
    more["HOME"] = dir.path();
    Context context({.environment = std::move(more)});
    context.parts().clock = clock;
    return context;
  }

  test::TempDir dir;
  std::shared_ptr<test::FakeClock> clock = std::make_shared<test::FakeClock>();
};

}  // namespace

TEST_CASE("a token is kept for its owner only, in the shared format") {
  Home home;
  auto context = home.make();
  const api::TokenStore store(context.parts());
  CHECK_FALSE(store.active().value().has_value());
  REQUIRE(store.set_active("hf_abc").has_value());
  REQUIRE(store.put({"z one", "hf_%abc", "", {}}).has_value());
  REQUIRE(store.put({"a", "hf_oauth_x", "hf_r", 1790000000}).has_value());
  CHECK(test::get_file(home.dir / "home/token") == "hf_abc");
  CHECK(test::get_file(home.dir / "home/stored_tokens") ==
        "[a]\nhf_token = hf_oauth_x\nrefresh_token = hf_r\n"
        "expires_at = 1790000000\n\n[z one]\nhf_token = hf_%abc\n\n");
  CHECK(mode_of(home.dir / "home/token") == 0600);
  CHECK(mode_of(home.dir / "home/stored_tokens") == 0600);
  CHECK(mode_of(home.dir / "home") == 0700);
  test::put_file(home.dir / "home/token", "  hf_x\r\n");
  CHECK(store.active().value() == "hf_x");
}

TEST_CASE("a file that cannot be read is not overwritten") {
  Home home;
  auto context = home.make();
  const std::string broken = "[a]\nhf_token = 1\n[a]\nhf_token = 2\n";
  test::put_file(home.dir / "home/stored_tokens", broken);
  const api::TokenStore store(context.parts());
  CHECK(store.all().error().code() == Code::kCorrupt);
  CHECK_FALSE(store.put({"b", "hf_b", "", {}}).has_value());
  CHECK(test::get_file(home.dir / "home/stored_tokens") == broken);
}

TEST_CASE("the order in which tokens count") {
  Home home;
  test::put_file(home.dir / "home/token", "hf_file");
  const auto token = [&](std::map<std::string, std::string, std::less<>> env,
                         std::optional<std::string> option) {
    auto context = home.make(std::move(env));
    auto hub = Hub::open(context, {.endpoint = "http://127.0.0.1:1",
                                   .token = std::move(option)});
    REQUIRE(hub.has_value());
    return active_token(*hub).value().value;
  };
  CHECK(token({}, {}) == "hf_file");
  CHECK(token({{"HUGGING_FACE_HUB_TOKEN", "hf_old"}}, {}) == "hf_old");
  CHECK(token({{"HUGGING_FACE_HUB_TOKEN", "hf_old"}, {"HF_TOKEN", ""}}, {}) ==
        "hf_old");
  CHECK(token({{"HF_TOKEN", "hf_env\n"}}, {}) == "hf_env");
  CHECK(token({{"HF_TOKEN", "hf_env"}}, "hf_option") == "hf_option");
  CHECK(token({{"HF_TOKEN", "hf_env"}}, "").empty());
  CHECK(token({{"HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"}}, {}).empty());
}

TEST_CASE("login, switch, list, logout") {
  Home home;
  test::CannedHub canned;
  canned.on("GET /api/whoami-v2", [](auto& request) {
    if (request.headers.get("Authorization") != "Bearer hf_good1234") {
      return test::hub_refusal(401, "", "Invalid username or password.");
    }
    return http::ServerResponse::json(200, R"({"type":"user","name":"alice",
        "orgs":[{"name":"acme"}],"auth":{"accessToken":{
        "displayName":"laptop","role":"write"}}})");
  });
  auto context = home.make();
  auto hub = Hub::open(context, {.endpoint = canned.url()});
  REQUIRE(hub.has_value());
  CHECK(login(*hub, "hf_bad").error().code() == Code::kUnauthorized);
  CHECK(login(*hub, " \n").error().code() == Code::kUsage);
  CHECK(login(*hub, "api_org_x").error().code() == Code::kUsage);
  CHECK_FALSE(std::filesystem::exists(home.dir / "home/token"));
  const auto result = login(*hub, "hf_good1234\n");
  REQUIRE(result.has_value());
  CHECK(result->token_name == "laptop");
  CHECK(result->role == "write");
  CHECK(test::get_file(home.dir / "home/token") == "hf_good1234");

  const api::TokenStore store(context.parts());
  REQUIRE(store.put({"other", "hf_other5678", "", {}}).has_value());
  REQUIRE(switch_token(context, "other").has_value());
  CHECK(switch_token(context, "none").error().code() == Code::kNotFound);
  const auto listed = list_tokens(context);
  REQUIRE(listed.has_value());
  REQUIRE(listed->tokens.size() == 2);
  CHECK(listed->tokens[0].masked == "hf_****1234");
  CHECK_FALSE(listed->tokens[0].active);
  CHECK(listed->tokens[1].active);

  CHECK(logout(context, "laptop")->was_active == false);
  CHECK(logout(context, "other")->was_active);
  CHECK_FALSE(std::filesystem::exists(home.dir / "home/token"));
  CHECK_FALSE(logout(context)->was_logged_in == false);
  CHECK_FALSE(logout(context)->was_logged_in);
}

TEST_CASE("an OAuth token is renewed before it ends") {
  Home home;
  test::CannedHub canned;
  auto context = home.make();
  const api::TokenStore store(context.parts());
  const auto now = 1790000000;  // of the fake clock
  REQUIRE(store.put({"o", "hf_oauth_1", "r1", now + 3600}).has_value());
  REQUIRE(store.set_active("hf_oauth_1").has_value());
  canned.on("POST /oauth/token", 200,
            R"({"access_token":"hf_oauth_2","expires_in":7200})");
  auto hub = Hub::open(context, {.endpoint = canned.url()});
  CHECK(active_token(*hub)->value == "hf_oauth_2");
  CHECK(test::get_file(home.dir / "home/token") == "hf_oauth_2");
  const auto kept = store.find("o").value();
  REQUIRE(kept.has_value());
  CHECK(kept->refresh == "r1");
  CHECK(kept->expires_at == now + 7200);
  CHECK(active_token(*hub)->value == "hf_oauth_2");
  CHECK(canned.requests().size() == 1);
}

TEST_CASE("a failed renewal keeps the old token") {
  Home home;
  test::CannedHub canned;
  auto context = home.make();
  const api::TokenStore store(context.parts());
  REQUIRE(store.put({"o", "hf_oauth_1", "r1", 1790000001}).has_value());
  REQUIRE(store.set_active("hf_oauth_1").has_value());
  canned.on("POST /oauth/token", 400, R"({"error":"invalid_grant"})");
  auto hub = Hub::open(context, {.endpoint = canned.url()});
  CHECK(active_token(*hub)->value == "hf_oauth_1");
}

TEST_CASE("signing in with a device code") {
  Home home;
  test::CannedHub canned;
  canned.on("POST /oauth/device", 200,
            R"({"device_code":"dc","user_code":"AB-CD",
            "verification_uri":"http://hub/device","interval":5})");
  int asked = 0;
  canned.on("POST /oauth/token", [&](auto&) {
    ++asked;
    if (asked == 1) {
      return http::ServerResponse::json(400,
                                        R"({"error":"authorization_pending"})");
    }
    if (asked == 2) return http::ServerResponse::json(502, "oops");
    if (asked == 3) {
      return http::ServerResponse::json(400, R"({"error":"slow_down"})");
    }
    return http::ServerResponse::json(
        200, R"({"access_token":"hf_oauth_n","refresh_token":"r",
        "expires_in":100})");
  });
  canned.on("GET /api/whoami-v2", 200, R"({"name":"bob"})");
  auto context = home.make();
  auto hub = Hub::open(context, {.endpoint = canned.url()});
  const auto device = start_device_login(*hub);
  REQUIRE(device.has_value());
  CHECK(device->user_code == "AB-CD");
  int waits = 0;
  const auto done = finish_device_login(
      *hub, *device, [](void* user) { ++*static_cast<int*>(user); }, &waits);
  REQUIRE(done.has_value());
  CHECK(done->token_name == "oauth-bob");
  CHECK(waits == 3);
  CHECK(home.clock->passed() >= std::chrono::seconds(20));
  CHECK(test::get_file(home.dir / "home/token") == "hf_oauth_n");
}
