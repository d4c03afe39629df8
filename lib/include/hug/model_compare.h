// Two models over one text: what one loses against the other.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "hug/export.h"
#include "hug/model.h"
#include "hug/result.h"

namespace hug {

struct ModelComparison {
  Perplexity first = {};
  Perplexity second = {};
  /// Kullback-Leibler divergence of the second's distributions from the
  /// first's, in nats a token: mean, its standard error, quantiles.
  double divergence = 0;
  double divergence_error = 0;
  double divergence_median = 0;
  double divergence_99 = 0;  ///< 99 of 100 tokens lie below
  double divergence_most = 0;
  double same_choice = 0;        ///< share of positions, 0 to 1
  double same_choice_error = 0;  ///< standard error
};

/// Runs both models over a text, block by block, and compares what they
/// foretell at each scored position (see PerplexityOptions). Nothing is kept
/// but sums and a number a token. `on_progress` gets tokens done and in all;
/// false stops (kCancelled).
/// Errors: kUsage for models of different vocabularies and for a text shorter
/// than a block; kUnsupported for models that do not write; kCorrupt.
HUG_EXPORT Result<ModelComparison> compare_models(
    const LocalModel& first, const LocalModel& second, std::string_view text,
    const PerplexityOptions& options = {},
    const std::function<bool(std::uint64_t, std::uint64_t)>& on_progress = {});

}  // namespace hug
