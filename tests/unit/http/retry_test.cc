#include "http/client/retry.h"

#include <doctest/doctest.h>

#include "fixtures.h"
#include "support/fake_clock.h"

using namespace hug::http;
using hug::Code;
using hug::Error;
using hug::test::FakeClock;

namespace {

Error lost() {
  return Error(Code::kNetwork, "lost");
}

Error limited(Millis wait) {
  return Error(Code::kRateLimited, "slow down").http(429, "").retry_after(wait);
}

}  // namespace

TEST_CASE("giving up is certain and bounded in time") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto clock = std::make_shared<FakeClock>();
    Retry retry({}, clock, {}, seed);
    int attempts = 1;
    while (retry.wait(lost(), false))
      ++attempts;
    CHECK(attempts == 6);
    // 0.5 + 1 + 2 + 4 + 8 seconds at most, jitter included.
    CHECK(clock->passed() <= Millis(15'500));
  }
}

TEST_CASE("the backoff doubles up to its cap, with full jitter") {
  RetryPolicy policy;
  policy.attempts = 12;
  Millis bound{500};
  const auto clock = std::make_shared<FakeClock>();
  Retry retry(policy, clock, {}, 7);
  while (retry.wait(lost(), false)) {
    CHECK(clock->sleeps().back() <= bound);
    bound = std::min(bound * 2, policy.cap);
  }
  CHECK(bound == policy.cap);
}

TEST_CASE("new bytes reset the count") {
  const auto clock = std::make_shared<FakeClock>();
  Retry retry({}, clock, {}, 1);
  for (int i = 0; i < 100; ++i)
    CHECK(retry.wait(lost(), true));
  CHECK(retry.failures() == 1);
}

TEST_CASE("what another attempt cannot cure ends at once") {
  const auto clock = std::make_shared<FakeClock>();
  Retry retry({}, clock, {}, 1);
  for (const auto code : {Code::kNotFound, Code::kUnauthorized, Code::kTls,
                          Code::kNoSpace, Code::kUsage}) {
    CHECK(retry.wait(Error(code, "x"), false).error().code() == code);
  }
  CHECK(!retry.wait(Error(Code::kFailure, "x").http(418, ""), false));
  CHECK(clock->passed() == Millis(0));
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    CHECK(is_transient_status(status));
  }
}

TEST_CASE("a closed window is sat out exactly, give or take a tenth") {
  const auto clock = std::make_shared<FakeClock>();
  Retry retry({}, clock, {}, 3);
  CHECK(retry.wait(limited(Millis(55'000)), false));
  CHECK(clock->passed() >= Millis(55'000));
  CHECK(clock->passed() <= Millis(60'500));
  CHECK(retry.failures() == 0);
  // Longer than anybody would wait: an error that says how long.
  const auto error = retry.wait(limited(Millis(3'600'000)), false).error();
  CHECK(error.retry_after() == Millis(3'600'000));
}

TEST_CASE("stopping beats waiting") {
  const auto clock = std::make_shared<FakeClock>();
  std::stop_source stop;
  Retry retry({}, clock, stop.get_token(), 3);
  stop.request_stop();
  CHECK(retry.wait(lost(), false).error().code() == Code::kCancelled);
}

TEST_CASE("nothing passes a gate inside a closed window") {
  const auto clock = std::make_shared<FakeClock>();
  RateGate gate(clock);
  const auto pass = [&](const char* key) {
    return gate.wait(key, Millis(600'000), {}).has_value();
  };
  CHECK(pass("h (api)"));
  CHECK(clock->passed() == Millis(0));
  // The last grant of a window closes it, though the answer is a success.
  CHECK(gate.observe("h (api)", 200, {{"RateLimit", "\"api\";r=0;t=7"}}) ==
        Millis(7000));
  CHECK(!gate.observe("h (api)", 200, {{"RateLimit", "\"api\";r=3;t=7"}}));
  CHECK(pass("h (pages)"));  // another bucket
  CHECK(clock->passed() == Millis(0));
  CHECK(pass("h (api)"));
  CHECK(clock->passed() >= Millis(7000));
  CHECK(clock->passed() <= Millis(7700));
  CHECK(gate.observe("h (api)", 429, {{"Retry-After", "3"}}) == Millis(3000));
  CHECK(!gate.observe("h (api)", 429, {}));
  CHECK(pass("h (api)"));
  gate.observe("h (api)", 503, {{"Retry-After", "700"}});
  CHECK(gate.wait("h (api)", Millis(600'000), {}).error().code() ==
        Code::kRateLimited);
}
