// Penalties for tokens that were there already, and DRY: for tokens that would
// go on with a repetition.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "hug/generate.h"
#include "hug/tokenizer.h"

namespace hug::engine {

/// Where a repetition may begin anew: a token, and what must follow it.
using Breakers = std::multimap<TokenId, std::vector<TokenId>>;

/// The ways in which tokens spell the texts. Errors: of the tokenizer.
Result<Breakers> make_breakers(const Tokenizer& tokenizer,
                               const std::vector<std::string>& texts);

/// `said`: all tokens so far, oldest first. Ids beyond the logits are ignored.
void penalize(const SamplingOptions& options, std::span<const TokenId> said,
              std::span<float> logits);
void penalize_repetition(const SamplingOptions& options,
                         const Breakers& breakers,
                         std::span<const TokenId> said,
                         std::span<float> logits);

}  // namespace hug::engine
