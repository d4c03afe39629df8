#include "hug/model_compare.h"

#include <algorithm>
#include <cmath>

#include "engine/scoring.h"

namespace hug {

namespace {

struct Sums {
  engine::Losses first = {};
  engine::Losses second = {};
  std::vector<double> divergences = {};
  std::uint64_t same = 0;
};

std::size_t best_of(std::span<const float> row) {
  return static_cast<std::size_t>(std::max_element(row.begin(), row.end()) -
                                  row.begin());
}

// Of the distribution of b's logits from that of a's.
double divergence_of(std::span<const float> a, double sum_a,
                     std::span<const float> b, double sum_b) {
  double out = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double log_p = static_cast<double>(a[i]) - sum_a;
    const double log_q = static_cast<double>(b[i]) - sum_b;
    out += static_cast<double>(std::exp(static_cast<float>(log_p))) *
           (log_p - log_q);
  }
  return std::max(out, 0.0);
}

Result<void> compare_block(const engine::Block& block,
                           std::span<const float> first,
                           std::span<const float> second, Sums& sums) {
  const std::size_t width = first.size() / block.ids.size();
  for (std::size_t i = block.first; i < block.ids.size(); ++i) {
    const auto a = first.subspan((i - 1) * width, width);
    const auto b = second.subspan((i - 1) * width, width);
    const double sum_a = engine::log_sum_exp(a);
    const double sum_b = engine::log_sum_exp(b);
    const auto id = static_cast<std::size_t>(block.ids[i]);
    HUG_TRY(sums.first.add(sum_a - static_cast<double>(a[id])));
    HUG_TRY(sums.second.add(sum_b - static_cast<double>(b[id])));
    sums.divergences.push_back(divergence_of(a, sum_a, b, sum_b));
    if (best_of(a) == best_of(b)) ++sums.same;
  }
  return {};
}

Result<void> check_pair(const LocalModel& first, const LocalModel& second,
                        std::string_view text) {
  HUG_TRY(engine::check_foretells(first));
  HUG_TRY(engine::check_foretells(second));
  EncodeOptions plain;
  plain.parse_special = false;
  const std::string_view sample = text.substr(0, std::size_t{1} << 16);
  if (first.vocabulary_size() != second.vocabulary_size() ||
      HUG_TRY(first.tokenizer().encode(sample, plain)).ids !=
          HUG_TRY(second.tokenizer().encode(sample, plain)).ids) {
    return Error(Code::kUsage,
                 "the models have different vocabularies: their predictions "
                 "cannot be compared")
        .hint("compare forms of one model, or use 'hug eval perplexity'");
  }
  return {};
}

ModelComparison comparison_of(Sums& sums) {
  ModelComparison out;
  out.first = sums.first.perplexity();
  out.second = sums.second.perplexity();
  auto& d = sums.divergences;
  std::sort(d.begin(), d.end());
  const auto n = static_cast<double>(d.size());
  double squares = 0;
  for (const double x : d) {
    out.divergence += x / n;
    squares += x * x / n;
  }
  const double variance =
      std::max(squares - out.divergence * out.divergence, 0.0);
  out.divergence_error = std::sqrt(variance / std::max(n - 1, 1.0));
  out.divergence_median = d[d.size() / 2];
  out.divergence_99 = d[(d.size() - 1) * 99 / 100];
  out.divergence_most = d.back();
  out.same_choice = static_cast<double>(sums.same) / n;
  out.same_choice_error =
      std::sqrt(out.same_choice * (1 - out.same_choice) / std::max(n - 1, 1.0));
  return out;
}

}  // namespace

Result<ModelComparison> compare_models(
    const LocalModel& first, const LocalModel& second, std::string_view text,
    const PerplexityOptions& options,
    const std::function<bool(std::uint64_t, std::uint64_t)>& on_progress) {
  HUG_TRY(check_pair(first, second, text));
  const auto blocks =
      HUG_TRY(engine::blocks_of(first.tokenizer(), text, options));
  std::uint64_t all = 0;
  for (const auto& block : blocks)
    all += block.ids.size();
  Sums sums;
  std::uint64_t done = 0;
  for (const auto& block : blocks) {
    const auto a = HUG_TRY_WITH(first.logits(block.ids), "the first model");
    const auto b = HUG_TRY_WITH(second.logits(block.ids), "the second model");
    HUG_TRY(compare_block(block, a, b, sums));
    done += block.ids.size();
    if (on_progress && !on_progress(done, all)) {
      return Error(Code::kCancelled, "comparing was stopped");
    }
  }
  return comparison_of(sums);
}

}  // namespace hug
