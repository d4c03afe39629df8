#include "engine/repetition.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "engine/sampler.h"

using namespace hug;

namespace {

// What the definition says, letter by letter: for every earlier place, how
// long the text before it equals the end of the text.
std::vector<float> dry_by_definition(const SamplingOptions& o,
                                     const std::vector<TokenId>& said,
                                     TokenId breaker, std::size_t n_vocab) {
  std::vector<float> out(n_vocab, 0.0F);
  std::vector<std::size_t> longest(n_vocab, 0);
  const std::size_t n = said.size();
  for (std::size_t at = 1; at < n; ++at) {  // said[at] followed a match
    std::size_t length = 0;
    while (length < at && said[at - 1 - length] == said[n - 1 - length] &&
           said[n - 1 - length] != breaker) {
      ++length;
    }
    auto& best = longest[static_cast<std::size_t>(said[at])];
    best = std::max(best, length);
  }
  for (std::size_t i = 0; i < n_vocab; ++i) {
    if (longest[i] < o.dry_allowed_length) continue;
    out[i] = -o.dry_multiplier *
             std::pow(o.dry_base,
                      static_cast<float>(longest[i] - o.dry_allowed_length));
  }
  return out;
}

}  // namespace

TEST_CASE("dry: the penalty grows with the repetition") {
  SamplingOptions o;
  o.dry_multiplier = 1;
  o.dry_base = 2;
  // 1 2 3 4 ... 1 2 3: a 4 would make it four.
  const std::vector<TokenId> said = {1, 2, 3, 4, 9, 1, 2, 3};
  std::vector<float> logits(10, 0.0F);
  engine::penalize_repetition(o, {}, said, logits);
  CHECK(logits[4] == -2);  // 2^(3 - 2)
  logits[4] = 0;
  CHECK(logits == std::vector<float>(10, 0.0F));
}

TEST_CASE("dry: a breaker ends what counts") {
  SamplingOptions o;
  o.dry_multiplier = 1;
  o.dry_base = 2;
  o.dry_allowed_length = 1;
  const std::vector<TokenId> said = {1, 2, 3, 4, 9, 1, 2, 3};
  std::vector<float> logits(10, 0.0F);
  engine::penalize_repetition(o, {{2, {}}}, said, logits);
  CHECK(logits[4] == -1);  // only the 3 counts
  // A breaker of two tokens: 1 and then 2.
  logits.assign(10, 0.0F);
  engine::penalize_repetition(o, {{1, {2}}}, said, logits);
  CHECK(logits[4] == -1);
  // Where its second token does not follow, it is none.
  logits.assign(10, 0.0F);
  engine::penalize_repetition(o, {{1, {3}}}, said, logits);
  CHECK(logits[4] == -4);
}

TEST_CASE("dry: as its definition on random texts") {
  std::mt19937 random(3);
  for (int round = 0; round < 400; ++round) {
    SamplingOptions o;
    o.dry_multiplier = 0.8F;
    o.dry_allowed_length = 1 + static_cast<std::uint32_t>(random() % 3);
    o.dry_last_n = 200;
    std::vector<TokenId> said;
    const std::size_t n = 3 + random() % 60;
    for (std::size_t i = 0; i < n; ++i)
      said.push_back(static_cast<TokenId>(random() % 4));
    const TokenId breaker = round % 2 == 0 ? 3 : -1;
    engine::Breakers breakers;
    if (breaker >= 0) breakers.emplace(breaker, std::vector<TokenId>());
    std::vector<float> got(4, 0.0F);
    engine::penalize_repetition(o, breakers, said, got);
    const auto want = dry_by_definition(o, said, breaker, 4);
    for (std::size_t i = 0; i < 4; ++i)
      CHECK(got[i] == doctest::Approx(want[i]));
  }
}

TEST_CASE("penalties: only the last tokens count") {
  SamplingOptions o;
  o.repeat_last_n = 2;
  o.frequency_penalty = 1;
  std::vector<float> logits(4, 0.0F);
  engine::penalize(o, std::vector<TokenId>{0, 1, 2, 2}, logits);
  CHECK(logits == std::vector<float>{0, 0, -2, 0});
  // Ids that the logits do not have change nothing.
  engine::penalize(o, std::vector<TokenId>{-1, 99}, logits);
  CHECK(logits == std::vector<float>{0, 0, -2, 0});
}
