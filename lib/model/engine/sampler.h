// From logits to the next token.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/candidates.h"
#include "engine/repetition.h"
#include "hug/generate.h"
#include "hug/result.h"

namespace hug::engine {

/// One answer's sampler. The draw of the n-th token depends on seed and n
/// alone. Copies go their own ways.
class Sampler {
 public:
  /// Of logit biases only those with ids are looked at.
  Sampler(const SamplingOptions& options, std::uint64_t seed,
          Breakers breakers = {})
      : options_(options),
        breakers_(std::move(breakers)),
        seed_(seed),
        mu_(2 * static_cast<double>(options.mirostat_tau)) {}

  /// Tells of a token that is there already (of the prompt, or chosen).
  void accept(TokenId id);
  /// Chooses; some tokens may be out of the question. Errors: kCorrupt when a
  /// logit is not a number, kUsage when every token is banned.
  Result<TokenId> choose(std::span<const float> logits,
                         std::span<const TokenId> banned = {});

  /// What the last choose() chose from, with the probabilities it drew by.
  const Candidates& candidates() const noexcept { return candidates_; }

 private:
  struct Adaption {
    double weighted = 0;  // probabilities of what was chosen, fading
    double weight = 0;
  };

  Result<void> load(std::span<const float> logits);
  TokenId cut_and_draw();
  TokenId draw_mirostat();
  TokenId draw_adaptive();
  void set_temperature();
  bool is_greedy() const;
  TokenId draw_one();
  double draw(std::uint64_t stream) const;

  SamplingOptions options_;
  Breakers breakers_;
  std::uint64_t seed_;
  std::uint64_t count_ = 0;
  double mu_;
  Adaption adaption_ = {};
  std::vector<TokenId> said_ = {};
  std::vector<float> logits_ = {};
  Candidates candidates_ = {};
};

}  // namespace hug::engine
