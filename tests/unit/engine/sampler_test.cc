#include "engine/sampler.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

using namespace hug;

namespace {

SamplingOptions open_options() {
  SamplingOptions o;
  o.temperature = 1;
  o.top_k = 0;
  o.top_p = 1;
  o.min_p = 0;
  return o;
}

std::map<TokenId, int> draws(const SamplingOptions& options,
                             const std::vector<float>& logits, int n) {
  engine::Sampler s(options, 7);
  std::map<TokenId, int> out;
  for (int i = 0; i < n; ++i) {
    const auto id = s.choose(logits);
    REQUIRE(id.has_value());
    ++out[*id];
  }
  return out;
}

}  // namespace

TEST_CASE("sampler: temperature 0 takes the likeliest, the first of equals") {
  auto o = open_options();
  o.temperature = 0;
  CHECK(draws(o, {1, 3, 3, 2}, 5) == std::map<TokenId, int>{{1, 5}});
}

TEST_CASE("sampler: draws follow the probabilities") {
  // Probabilities 0.5, 0.3, 0.2.
  const std::vector<float> logits = {std::log(0.5F), std::log(0.3F),
                                     std::log(0.2F)};
  const auto got = draws(open_options(), logits, 20000);
  CHECK(std::abs(got.at(0) / 20000.0 - 0.5) < 0.02);
  CHECK(std::abs(got.at(1) / 20000.0 - 0.3) < 0.02);
  CHECK(std::abs(got.at(2) / 20000.0 - 0.2) < 0.02);
}

TEST_CASE("sampler: every cut keeps what its definition says") {
  const std::vector<float> logits = {std::log(0.5F), std::log(0.3F),
                                     std::log(0.15F), std::log(0.05F)};
  auto o = open_options();
  o.top_k = 2;
  CHECK(draws(o, logits, 500).size() == 2);
  o = open_options();
  o.top_p = 0.6F;  // 0.5 is not enough, 0.8 is
  CHECK(draws(o, logits, 500).size() == 2);
  o = open_options();
  o.min_p = 0.25F;  // at least 0.125
  CHECK(draws(o, logits, 500).size() == 3);
  o = open_options();
  o.xtc_probability = 1;
  o.xtc_threshold = 0.2F;  // 0.5 and 0.3 are likely: the first goes
  const auto got = draws(o, logits, 500);
  CHECK(got.count(0) == 0);
  CHECK(got.count(1) == 1);
  o = open_options();
  o.top_n_sigma = 0.5F;
  CHECK(draws(o, logits, 500).count(3) == 0);
}

TEST_CASE("sampler: penalties push down what was said") {
  auto o = open_options();
  o.temperature = 0;
  o.repeat_penalty = 2;
  engine::Sampler s(o, 1);
  s.accept(0);
  CHECK(*s.choose(std::vector<float>{3, 2, 1}) == 1);
  o.repeat_penalty = 1;
  o.presence_penalty = 2;
  engine::Sampler t(o, 1);
  t.accept(0);
  CHECK(*t.choose(std::vector<float>{3, 2, 0}) == 1);
}

TEST_CASE("sampler: the same seed gives the same tokens") {
  const std::vector<float> logits(50, 0.0F);
  auto o = open_options();
  engine::Sampler a(o, 42);
  engine::Sampler b(o, 42);
  engine::Sampler c(o, 43);
  int other = 0;
  for (int i = 0; i < 40; ++i) {
    const TokenId x = *a.choose(logits);
    CHECK(x == *b.choose(logits));
    other += x != *c.choose(logits) ? 1 : 0;
  }
  CHECK(other > 10);
}

TEST_CASE("sampler: what is not a number is an error") {
  engine::Sampler s(open_options(), 1);
  const std::vector<float> logits = {0,
                                     std::numeric_limits<float>::quiet_NaN()};
  const auto id = s.choose(logits);
  REQUIRE_FALSE(id.has_value());
  CHECK(id.error().code() == Code::kCorrupt);
}
