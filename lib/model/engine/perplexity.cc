// How well a model foretells a text.
#include <cmath>

#include "engine/local_model.h"

namespace hug {

namespace {

struct Sums {
  double loss = 0;
  double squares = 0;
  std::uint64_t tokens = 0;
};

// -log of the probability the row gives to `id`.
double loss_of(std::span<const float> row, TokenId id) {
  double most = -INFINITY;
  for (const float v : row)
    most = std::max(most, static_cast<double>(v));
  double sum = 0;
  for (const float v : row)
    sum += std::exp(static_cast<double>(v) - most);
  return most + std::log(sum) -
         static_cast<double>(row[static_cast<std::size_t>(id)]);
}

// Scores ids[first ...] of one block, each by the row before it.
Result<void> score(const LocalModel& model, std::span<const TokenId> ids,
                   std::size_t first, Sums& sums) {
  const auto logits = HUG_TRY(model.logits(ids));
  const std::size_t width = logits.size() / ids.size();
  for (std::size_t i = first; i < ids.size(); ++i) {
    const double loss = loss_of(
        std::span<const float>(logits).subspan((i - 1) * width, width), ids[i]);
    if (!std::isfinite(loss)) {
      return Error(Code::kCorrupt, "the model's output is not a number");
    }
    sums.loss += loss;
    sums.squares += loss * loss;
    ++sums.tokens;
  }
  return {};
}

}  // namespace

Result<Perplexity> LocalModel::perplexity(
    std::string_view text, const PerplexityOptions& options) const {
  const auto bos = tokenizer().special_tokens().bos;
  EncodeOptions encode;
  encode.parse_special = false;
  encode.add_special = options.second_half;
  const auto ids = HUG_TRY(tokenizer().encode(text, encode)).ids;
  const std::size_t context = options.context;
  const bool puts_bos = bos && tokenizer().special_tokens().adds_bos;
  const std::size_t step =
      options.second_half || !puts_bos ? context : context - 1;
  if (context < 4 || ids.size() < (options.second_half ? context : 2)) {
    return Error(Code::kUsage, "the text has " + std::to_string(ids.size()) +
                                   " tokens, less than a block of " +
                                   std::to_string(context));
  }
  Sums sums;
  for (std::size_t at = 0; at < ids.size(); at += step) {
    const std::size_t n = std::min(step, ids.size() - at);
    if (options.second_half && n < context) break;
    std::vector<TokenId> block;
    if (puts_bos && !options.second_half) block.push_back(*bos);
    block.insert(block.end(), ids.begin() + static_cast<std::ptrdiff_t>(at),
                 ids.begin() + static_cast<std::ptrdiff_t>(at + n));
    if (puts_bos && options.second_half) block[0] = *bos;
    if (block.size() < 2) break;
    HUG_TRY(
        score(*this, block, options.second_half ? context / 2 + 1 : 1, sums));
  }
  Perplexity out;
  out.tokens = sums.tokens;
  const auto n = static_cast<double>(sums.tokens);
  out.nll = sums.loss / n;
  out.perplexity = std::exp(out.nll);
  const double variance = sums.squares / n - out.nll * out.nll;
  out.error = out.perplexity *
              std::sqrt(std::max(variance, 0.0) / std::max(n - 1, 1.0));
  return out;
}

}  // namespace hug
