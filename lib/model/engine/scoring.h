// What perplexity and comparisons share: a text cut into blocks, and losses
// summed up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "hug/model.h"

namespace hug::engine {

/// Tokens that go through a model together; those from `first` on are scored,
/// each by the row before it.
struct Block {
  std::vector<TokenId> ids = {};
  std::size_t first = 1;
};

/// Errors: kUnsupported for a model that does not write.
Result<void> check_foretells(const LocalModel& model);

/// Errors: kUsage for a text shorter than a block.
Result<std::vector<Block>> blocks_of(const Tokenizer& tokenizer,
                                     std::string_view text,
                                     const PerplexityOptions& options);

/// The logarithm of the sum of exponentials.
double log_sum_exp(std::span<const float> row);

class Losses {
 public:
  /// Errors: kCorrupt when it is not a number.
  Result<void> add(double loss);
  Perplexity perplexity() const;

 private:
  double sum_ = 0;
  double squares_ = 0;
  std::uint64_t tokens_ = 0;
};

}  // namespace hug::engine
