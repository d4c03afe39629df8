#include "hub/store/accounts.h"

#include <doctest/doctest.h>

#include "fixture.h"
#include "hub/api/signer.h"

using namespace hug;
using namespace hug::hub;
using hug::test::HubFixture;
using hug::test::must;

TEST_CASE("accounts: a token opens, its hash alone is kept, revoking closes") {
  HubFixture hub;
  Accounts& accounts = hub.store->accounts();
  must(accounts.add_user("alice", {}));
  CHECK(accounts.add_user("Alice", {}).error().code() == Code::kConflict);
  CHECK(accounts.add_user("api", {}).error().code() == Code::kUsage);
  CHECK(
      accounts.create_token("bob", HubRole::kRead, "", false).error().code() ==
      Code::kNotFound);
  const std::string token =
      must(accounts.create_token("alice", HubRole::kWrite, "laptop", false));
  CHECK(token.size() == 37);
  CHECK(token.starts_with("hf_"));
  const auto caller = must(accounts.caller(base::Secret(token)));
  REQUIRE(caller);
  CHECK(caller->name == "alice");
  CHECK(caller->can_write);
  CHECK(caller->owns("ALICE"));
  CHECK(!caller->owns("bob"));
  CHECK(!must(accounts.caller(base::Secret(token + "x"))));
  std::string stored;
  for (const char* file : {"hub/hub.db", "hub/hub.db-wal"}) {
    stored += test::get_file(hub.temp / file);
  }
  CHECK(stored.find(base::sha256_hex(token)) != std::string::npos);
  CHECK(stored.find(token) == std::string::npos);
  CHECK(must(accounts.revoke("alice/laptop")).user == "alice");
  CHECK(!must(accounts.caller(base::Secret(token))));
  CHECK(accounts.revoke("alice/laptop").error().code() == Code::kNotFound);
}

TEST_CASE("accounts: changes of another process count at once") {
  HubFixture hub;
  const std::string token = must(
      hub.store->accounts().create_token("alice", HubRole::kRead, "", true));
  REQUIRE(must(hub.store->accounts().caller(base::Secret(token))));
  const auto other = must(Store::open(hub.context, hub.temp / "hub"));
  must(other->accounts().revoke(token));
  CHECK(!must(hub.store->accounts().caller(base::Secret(token))));
  const std::string fresh =
      must(other->accounts().create_token("alice", HubRole::kWrite, "", false));
  CHECK(must(hub.store->accounts().caller(base::Secret(fresh))));
}

TEST_CASE("accounts: members act for their organization") {
  HubFixture hub;
  Accounts& accounts = hub.store->accounts();
  must(accounts.add_user("alice", {}));
  CHECK(accounts.add_user("acme", {"nobody"}).error().code() ==
        Code::kNotFound);
  must(accounts.add_user("acme", {"alice"}));
  const std::string token =
      must(accounts.create_token("alice", HubRole::kWrite, "", false));
  CHECK(must(accounts.caller(base::Secret(token)))->owns("acme"));
  CHECK(
      accounts.create_token("acme", HubRole::kRead, "", false).error().code() ==
      Code::kUsage);
}

TEST_CASE("signer: HMAC as RFC 4231 has it") {
  CHECK(hmac_sha256(std::string(20, '\x0b'), "Hi There") ==
        "b0344c61d8db38535ca8afceaf0bf12b"
        "881dc200c9833da726e9376c2e32cff7");
  CHECK(hmac_sha256(std::string(131, '\xaa'),
                    "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f"
        "8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("signer: a link allows what it was made for, until it expires") {
  const Signer signer(base::Secret("key"));
  http::ServerRequest request;
  request.query = http::parse_query(signer.query("put/x", 5, 100).substr(1));
  CHECK(must(signer.check("put/x", request, 100)) == 5);
  CHECK(!signer.check("put/x", request, 101));
  CHECK(!signer.check("put/y", request, 50));
  request.query[0].second = "6";
  CHECK(!signer.check("put/x", request, 50));
  CHECK(!Signer(base::Secret("other")).check("put/x", request, 50));
}
