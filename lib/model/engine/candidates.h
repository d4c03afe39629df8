// Tokens that may come next, and the cuts that make them fewer.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "hug/tokenizer.h"

namespace hug::engine {

struct Candidate {
  TokenId id = 0;
  float logit = 0;
  double p = 0;
};

/// Sorted, likeliest first; of equals the one with the lower id first.
using Candidates = std::vector<Candidate>;

/// The k likeliest. Tokens at minus infinity are never among them.
Candidates take_top(std::span<const float> logits, std::size_t k);
/// All with probabilities of at least p among all tokens, but one at least;
/// the probabilities are set.
Candidates take_above(std::span<const float> logits, double p);
/// The likeliest ones that top-p and min-p together can leave, `least` of them
/// at least, and their probabilities among all tokens.
Candidates take_mass(std::span<const float> logits, float top_p, float min_p,
                     std::size_t least);

/// Probabilities among the candidates.
void set_probabilities(Candidates& c);

// Every cut leaves min_keep candidates, and at least one.
void cut_by_typicality(Candidates& c, float typical_p, std::size_t min_keep);
/// Reads the probabilities as they are.
void cut_by_mass(Candidates& c, float top_p, std::size_t min_keep);
void cut_by_share(Candidates& c, float min_p, std::size_t min_keep);
/// XTC: of several likely tokens only the least likely stays.
void drop_top_choices(Candidates& c, float threshold, std::size_t min_keep);

/// Of the probabilities, in nats.
double entropy_of(const Candidates& c);

}  // namespace hug::engine
