// From logits to the next token.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hug/model.h"

namespace hug::engine {

/// One answer's sampler. The draw of the n-th token depends on seed and n
/// alone.
class Sampler {
 public:
  Sampler(const SamplingOptions& options, std::uint64_t seed)
      : options_(options), seed_(seed) {}

  /// Tells of a token that is there already (of the prompt, or chosen).
  void accept(TokenId id);
  /// Chooses. Errors: kCorrupt when a logit is not a number.
  Result<TokenId> choose(std::span<const float> logits);

 private:
  struct Candidate {
    TokenId id;
    float logit;
    float p = 0;
  };

  using Candidates = std::vector<Candidate>;

  void penalize(Candidates& c) const;
  void cut_by_sigma(Candidates& c) const;
  void cut_by_typicality(Candidates& c) const;
  void cut_by_mass(Candidates& c) const;
  void cut_by_share(Candidates& c) const;
  void drop_top_choices(Candidates& c) const;
  double draw(std::uint64_t stream) const;

  SamplingOptions options_;
  std::uint64_t seed_;
  std::uint64_t count_ = 0;
  std::vector<TokenId> recent_;
};

}  // namespace hug::engine
