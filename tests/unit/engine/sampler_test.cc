#include "engine/sampler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
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

TEST_CASE("sampler: the k likeliest are those that sorting gives") {
  std::mt19937 random(11);
  for (const std::size_t n : {1U, 17U, 1000U, 128256U}) {
    std::vector<float> logits(n);
    // Few different values: many are equal.
    for (float& l : logits)
      l = static_cast<float>(random() % 400) / 16;
    std::vector<TokenId> order(n);
    for (std::size_t i = 0; i < n; ++i)
      order[i] = static_cast<TokenId>(i);
    std::stable_sort(order.begin(), order.end(), [&](TokenId a, TokenId b) {
      return logits[static_cast<std::size_t>(a)] >
             logits[static_cast<std::size_t>(b)];
    });
    for (const std::size_t k : {1U, 40U, 300U, 5000U, 128256U}) {
      const auto got = engine::take_top(logits, k);
      REQUIRE(got.size() == std::min(n, k));
      bool same = true;
      for (std::size_t i = 0; i < got.size(); ++i)
        same = same && got[i].id == order[i];
      CHECK(same);
    }
    CHECK(engine::take_top(logits, 0).empty());
  }
}

TEST_CASE("sampler: top-p over all tokens is top-p over sorted ones") {
  std::mt19937 random(12);
  std::normal_distribution<float> normal(0, 2);
  std::vector<float> logits(20000);
  for (float& l : logits)
    l = normal(random);
  auto all = engine::take_top(logits, logits.size());
  engine::set_probabilities(all);
  for (const float p : {0.3F, 0.9F, 0.99F, 0.9999F}) {
    auto want = all;
    engine::cut_by_mass(want, p, 0);
    auto got = engine::take_mass(logits, p, 0, 0);
    engine::cut_by_mass(got, p, 0);
    // Where rounding decides, by one.
    CHECK(std::max(got.size(), want.size()) -
              std::min(got.size(), want.size()) <=
          1);
  }
}

TEST_CASE("sampler: bans and biases") {
  auto o = open_options();
  o.temperature = 0;
  o.logit_bias = {{.id = 0, .bias = -INFINITY}, {.id = 2, .bias = 5}};
  engine::Sampler s(o, 1);
  CHECK(*s.choose(std::vector<float>{9, 3, 1}) == 2);
  CHECK(*s.choose(std::vector<float>{9, 3, 1}, std::vector<TokenId>{2}) == 1);
  const auto none =
      s.choose(std::vector<float>{9, 3, 1}, std::vector<TokenId>{1, 2});
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code() == Code::kUsage);
}

TEST_CASE("sampler: mirostat holds the mean surprise near its aim") {
  // 4000 tokens whose probabilities follow Zipf's law.
  std::vector<float> logits(4000);
  std::vector<double> p(logits.size());
  double sum = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    logits[i] = -1.1F * std::log(static_cast<float>(i + 1));
    sum += std::exp(static_cast<double>(logits[i]));
  }
  for (std::size_t i = 0; i < logits.size(); ++i)
    p[i] = std::exp(static_cast<double>(logits[i])) / sum;
  for (const std::uint32_t version : {1U, 2U}) {
    auto o = open_options();
    o.mirostat = version;
    o.mirostat_tau = 3;
    engine::Sampler s(o, 4);
    double surprise = 0;
    const int n = 2000;
    for (int i = 0; i < n; ++i) {
      const auto id = s.choose(logits);
      REQUIRE(id.has_value());
      for (const auto& c : s.candidates()) {
        if (c.id == *id && i >= n / 2) surprise -= std::log2(c.p);
      }
    }
    CHECK(std::abs(surprise / (n / 2) - 3) < 0.2);
  }
}

TEST_CASE("sampler: adaptive-p moves against what was chosen") {
  const std::vector<float> logits = {std::log(0.8F), std::log(0.2F)};
  auto o = open_options();
  o.adaptive_target = 0.5F;
  o.adaptive_decay = 0;
  engine::Sampler s(o, 4);
  // Both are 0.3 away from the target.
  TokenId id = *s.choose(logits);
  CHECK(s.candidates()[0].p == doctest::Approx(0.5));
  // Then the aim is 2 * 0.5 less the probability of what was chosen: the
  // other token.
  for (int i = 0; i < 10; ++i) {
    const TokenId next = *s.choose(logits);
    CHECK(next != id);
    id = next;
  }
}

TEST_CASE("sampler: entropy moves a dynamic temperature") {
  auto o = open_options();
  o.temperature = 1;
  o.dynatemp_range = 0.5F;
  // Two equal tokens: entropy is all there can be, the temperature 1.5.
  engine::Sampler s(o, 1);
  CHECK(s.choose(std::vector<float>{0, 0}).has_value());
  CHECK(s.candidates()[0].p == doctest::Approx(0.5));
  // A certain token: the temperature is nearly 0.5.
  engine::Sampler t(o, 1);
  CHECK(t.choose(std::vector<float>{20, 0}).has_value());
  CHECK(t.candidates()[1].logit == doctest::Approx(0));
  CHECK(t.candidates()[0].logit == doctest::Approx(40).epsilon(0.01));
}
