#include "engine/scoring.h"

#include <algorithm>
#include <cmath>

namespace hug::engine {

Result<void> check_foretells(const LocalModel& model) {
  if (model.generates()) return {};
  return Error(Code::kUnsupported, "a model of architecture " +
                                       model.architecture() +
                                       " does not foretell texts");
}

Result<std::vector<Block>> blocks_of(const Tokenizer& tokenizer,
                                     std::string_view text,
                                     const PerplexityOptions& options) {
  const auto& special = tokenizer.special_tokens();
  EncodeOptions encode;
  encode.parse_special = false;
  encode.add_special = options.second_half;
  const auto ids = HUG_TRY(tokenizer.encode(text, encode)).ids;
  const std::size_t context = options.context;
  const bool puts_bos = special.bos && special.adds_bos;
  const std::size_t step =
      options.second_half || !puts_bos ? context : context - 1;
  if (context < 4 || ids.size() < (options.second_half ? context : 2)) {
    return Error(Code::kUsage, "the text has " + std::to_string(ids.size()) +
                                   " tokens, less than a block of " +
                                   std::to_string(context));
  }
  std::vector<Block> out;
  for (std::size_t at = 0; at < ids.size(); at += step) {
    const std::size_t n = std::min(step, ids.size() - at);
    if (options.second_half && n < context) break;
    Block block;
    block.first = options.second_half ? context / 2 + 1 : 1;
    if (puts_bos && !options.second_half) block.ids.push_back(*special.bos);
    block.ids.insert(block.ids.end(),
                     ids.begin() + static_cast<std::ptrdiff_t>(at),
                     ids.begin() + static_cast<std::ptrdiff_t>(at + n));
    if (puts_bos && options.second_half) block.ids[0] = *special.bos;
    if (block.ids.size() < 2) break;
    out.push_back(std::move(block));
  }
  return out;
}

double log_sum_exp(std::span<const float> row) {
  float most = -INFINITY;
  for (const float v : row)
    most = std::max(most, v);
  double sum = 0;
  for (const float v : row)
    sum += static_cast<double>(std::exp(v - most));
  return static_cast<double>(most) + std::log(sum);
}

Result<void> Losses::add(double loss) {
  if (!std::isfinite(loss)) {
    return Error(Code::kCorrupt, "the model's output is not a number");
  }
  sum_ += loss;
  squares_ += loss * loss;
  ++tokens_;
  return {};
}

Perplexity Losses::perplexity() const {
  Perplexity out;
  out.tokens = tokens_;
  const auto n = static_cast<double>(tokens_);
  out.nll = sum_ / n;
  out.perplexity = std::exp(out.nll);
  const double variance = squares_ / n - out.nll * out.nll;
  out.error = out.perplexity *
              std::sqrt(std::max(variance, 0.0) / std::max(n - 1, 1.0));
  return out;
}

}  // namespace hug::engine
