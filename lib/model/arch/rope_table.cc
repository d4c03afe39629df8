#include "arch/rope_table.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hug::arch {

namespace {

nn::RopeTable plain_table(double base, std::uint64_t n_rot) {
  nn::RopeTable out;
  for (std::uint64_t i = 0; i < n_rot / 2; ++i) {
    out.step.push_back(static_cast<float>(std::pow(
        base, -2.0 * static_cast<double>(i) / static_cast<double>(n_rot))));
  }
  return out;
}

Result<void> divide(nn::RopeTable& table, const Vector& factors) {
  if (factors.empty()) return {};
  if (factors.size() != table.step.size()) {
    return Error(Code::kCorrupt,
                 "gguf: rope factors for " + std::to_string(factors.size()) +
                     " pairs, not " + std::to_string(table.step.size()));
  }
  for (std::size_t i = 0; i < factors.size(); ++i) {
    table.step[i] /= factors[i];
  }
  return {};
}

// Yarn: low frequencies are interpolated, high ones stay, between them a ramp.
void apply_yarn(nn::RopeTable& table, const Hparams& h, bool truncate) {
  const auto dims = static_cast<double>(h.n_rot);
  const auto context = static_cast<double>(
      h.rope_original_ctx != 0 ? h.rope_original_ctx : h.n_ctx_train);
  const auto edge = [&](float beta) {
    return dims *
           std::log(context /
                    (static_cast<double>(beta) * 2 * std::numbers::pi)) /
           (2 * std::log(static_cast<double>(h.rope_base)));
  };
  double low = edge(h.yarn_beta_fast);
  double high = edge(h.yarn_beta_slow);
  if (truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dims - 1);
  for (std::size_t i = 0; i < table.step.size(); ++i) {
    const double ramp = std::clamp(
        (static_cast<double>(i) - low) / std::max(0.001, high - low), 0.0, 1.0);
    const double step = static_cast<double>(table.step[i]);
    const double near = step / static_cast<double>(h.rope_factor);
    table.step[i] = static_cast<float>(near * ramp + step * (1 - ramp));
  }
}

}  // namespace

Result<void> make_rope_tables(Model& m, const RopeFactors& factors,
                              bool truncate_ramp) {
  const Hparams& h = m.hparams;
  if (m.traits->rope == nn::RopePairs::kNone) return {};
  const auto base = static_cast<double>(h.rope_base);
  m.rope = plain_table(base, h.n_rot);
  if (m.traits->local_rope) {
    m.rope_local = plain_table(static_cast<double>(h.rope_base_swa), h.n_rot);
  }
  HUG_TRY(divide(m.rope, factors.plain));
  if (!factors.long_.empty()) {
    m.rope_long = m.rope;
    HUG_TRY(divide(m.rope, factors.short_));
    HUG_TRY(divide(m.rope_long, factors.long_));
    m.rope.magnitude = m.rope_long.magnitude = h.rope_attn_factor;
    return {};
  }
  if (h.rope_scaling == RopeScaling::kLinear) {
    for (float& s : m.rope.step)
      s /= h.rope_factor;
  }
  if (h.rope_scaling != RopeScaling::kYarn) return {};
  apply_yarn(m.rope, h, truncate_ramp);
  const double growth = std::log(static_cast<double>(h.rope_factor));
  if (h.yarn_log_multiplier > 0) {
    // DeepSeek: the magnitude goes into the scale of attention instead.
    const double m_scale =
        1.0 + static_cast<double>(h.yarn_log_multiplier) * growth;
    m.attention_scale = static_cast<float>(
        static_cast<double>(m.attention_scale) * m_scale * m_scale);
  } else {
    // A factor that the configuration names is the whole magnitude.
    const float own = h.yarn_attn_factor > 0
                          ? h.yarn_attn_factor
                          : static_cast<float>(1.0 + 0.1 * growth);
    m.rope.magnitude = own * h.rope_attn_factor;
  }
  return {};
}

}  // namespace hug::arch
