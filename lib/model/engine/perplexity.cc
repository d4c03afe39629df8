// How well a model foretells a text.
#include "engine/scoring.h"

namespace hug {

Result<Perplexity> LocalModel::perplexity(
    std::string_view text, const PerplexityOptions& options) const {
  HUG_TRY(engine::check_foretells(*this));
  engine::Losses losses;
  for (const auto& block :
       HUG_TRY(engine::blocks_of(tokenizer(), text, options))) {
    const auto logits = HUG_TRY(this->logits(block.ids));
    const std::size_t width = logits.size() / block.ids.size();
    for (std::size_t i = block.first; i < block.ids.size(); ++i) {
      const auto row =
          std::span<const float>(logits).subspan((i - 1) * width, width);
      HUG_TRY(losses.add(
          engine::log_sum_exp(row) -
          static_cast<double>(row[static_cast<std::size_t>(block.ids[i])])));
    }
  }
  return losses.perplexity();
}

}  // namespace hug
