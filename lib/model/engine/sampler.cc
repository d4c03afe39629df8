#include "engine/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hug::engine {

namespace {

bool all_finite(std::span<const float> x) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> zero = {};
  std::size_t i = 0;
  for (; i + kLanes <= x.size(); i += kLanes) {
    for (std::size_t j = 0; j < kLanes; ++j)
      zero[j] += x[i + j] - x[i + j];
  }
  for (; i < x.size(); ++i)
    zero[0] += x[i] - x[i];
  return std::all_of(zero.begin(), zero.end(),
                     [](float z) { return z == 0.0F; });
}

// The least logit that top-n-sigma leaves.
float sigma_floor(std::span<const float> logits, float n) {
  double sum = 0;
  double most = -INFINITY;
  std::size_t count = 0;
  for (const float l : logits) {
    if (l == -INFINITY) continue;
    sum += static_cast<double>(l);
    most = std::max(most, static_cast<double>(l));
    ++count;
  }
  const double mean =
      sum / static_cast<double>(std::max<std::size_t>(count, 1));
  double squares = 0;
  for (const float l : logits) {
    if (l == -INFINITY) continue;
    const double d = static_cast<double>(l) - mean;
    squares += d * d;
  }
  const double deviation =
      std::sqrt(squares / static_cast<double>(std::max<std::size_t>(count, 1)));
  return static_cast<float>(most - static_cast<double>(n) * deviation);
}

}  // namespace

void Sampler::accept(TokenId id) {
  const std::size_t kept =
      std::max(options_.repeat_last_n, options_.dry_last_n);
  if (kept == 0) return;
  if (said_.size() >= 2 * kept + 64) {
    said_.erase(said_.begin(), said_.end() - static_cast<std::ptrdiff_t>(kept));
  }
  said_.push_back(id);
}

// A copy of the logits, with biases and penalties.
Result<void> Sampler::load(std::span<const float> logits) {
  if (logits.empty() || !all_finite(logits)) {
    return Error(Code::kCorrupt,
                 "the model's output is not a number; its weights are "
                 "damaged");
  }
  logits_.assign(logits.begin(), logits.end());
  for (const LogitBias& b : options_.logit_bias) {
    const auto at = static_cast<std::size_t>(b.id);
    if (b.id >= 0 && at < logits_.size()) logits_[at] += b.bias;
  }
  if (options_.mirostat == 0) {
    penalize(options_, said_, logits_);
    penalize_repetition(options_, breakers_, said_, logits_);
  }
  return {};
}

// Nothing but the likeliest token can come out.
bool Sampler::is_greedy() const {
  const auto& o = options_;
  if (o.temperature > 0) return false;
  if (o.mirostat != 0) return true;
  return o.dynatemp_range <= 0 && o.typical_p >= 1 && o.xtc_probability <= 0 &&
         o.adaptive_target < 0;
}

Result<TokenId> Sampler::choose(std::span<const float> logits,
                                std::span<const TokenId> banned) {
  HUG_TRY(load(logits));
  for (const TokenId id : banned) {
    const auto at = static_cast<std::size_t>(id);
    if (id >= 0 && at < logits_.size()) logits_[at] = -INFINITY;
  }
  candidates_ = take_top(logits_, 1);
  if (candidates_.empty()) {
    return Error(Code::kUsage,
                 "there is nothing to choose: every token is "
                 "banned");
  }
  candidates_.front().p = 1;
  const TokenId id = is_greedy()              ? candidates_.front().id
                     : options_.mirostat != 0 ? draw_mirostat()
                                              : cut_and_draw();
  ++count_;
  return id;
}

TokenId Sampler::cut_and_draw() {
  const auto& o = options_;
  auto& c = candidates_;
  const bool typical = o.typical_p < 1;
  if (o.top_n_sigma > 0) {
    const float least = sigma_floor(logits_, o.top_n_sigma);
    for (float& l : logits_)
      l = l < least ? -INFINITY : l;
  }
  // With all tokens allowed, only those that can be left are sorted.
  const bool open = o.top_k == 0 && !typical && (o.top_p < 1 || o.min_p > 0);
  if (open) {
    c = take_mass(logits_, o.top_p, o.min_p, o.min_keep);
  } else {
    c = take_top(logits_, o.top_k == 0 ? logits_.size() : o.top_k);
  }
  if (typical) cut_by_typicality(c, o.typical_p, o.min_keep);
  if (o.top_p < 1) {
    if (!open) set_probabilities(c);
    cut_by_mass(c, o.top_p, o.min_keep);
  }
  if (o.min_p > 0) cut_by_share(c, o.min_p, o.min_keep);
  if (o.xtc_probability > 0 && o.xtc_threshold <= 0.5F && c.size() > 1 &&
      draw(1) <= static_cast<double>(o.xtc_probability)) {
    drop_top_choices(c, o.xtc_threshold, o.min_keep);
  }
  set_temperature();
  set_probabilities(c);
  return o.adaptive_target >= 0 ? draw_adaptive() : draw_one();
}

void Sampler::set_temperature() {
  const auto& o = options_;
  auto& c = candidates_;
  float t = o.temperature;
  if (o.dynatemp_range > 0) {
    if (c.size() < 2) return;
    set_probabilities(c);
    const double share =
        entropy_of(c) / std::log(static_cast<double>(c.size()));
    const float least = std::max(0.0F, o.temperature - o.dynatemp_range);
    const float most = o.temperature + o.dynatemp_range;
    t = least + (most - least) *
                    std::pow(static_cast<float>(share), o.dynatemp_exponent);
  }
  if (t <= 0) {
    c.resize(1);
    return;
  }
  for (auto& x : c)
    x.logit /= t;
}

namespace {

// How many tokens a surprise of `mu` bits needs where probabilities follow
// Zipf's law, its exponent fitted to these, the likeliest ones.
std::size_t zipf_count(const Candidates& c, double mu, std::size_t n_vocab) {
  double products = 0;
  double squares = 0;
  for (std::size_t i = 0; i + 1 < c.size(); ++i) {
    const double t =
        std::log(static_cast<double>(i + 2) / static_cast<double>(i + 1));
    products += t * static_cast<double>(c[i].logit - c[i + 1].logit);
    squares += t * t;
  }
  const auto n = static_cast<double>(n_vocab);
  const double s = squares > 0 ? products / squares : 1;
  const double e = s - 1;
  const double k = std::pow(e * std::exp2(mu) / (1 - std::pow(n, -e)), 1 / s);
  return k > 1 ? static_cast<std::size_t>(std::min(k, n)) : 1;
}

}  // namespace

// Mirostat 1 takes as many as Zipf's law says it needs for the surprise aimed
// at; mirostat 2 what surprises no more.
TokenId Sampler::draw_mirostat() {
  constexpr std::size_t kFitted = 100;
  const auto& o = options_;
  auto& c = candidates_;
  for (float& l : logits_)
    l /= o.temperature;
  if (o.mirostat == 1) {
    c = take_top(logits_, kFitted);
    c = take_top(logits_, zipf_count(c, mu_, logits_.size()));
  } else {
    c = take_above(logits_, std::exp2(-mu_));
  }
  set_probabilities(c);
  const TokenId id = draw_one();
  for (const Candidate& x : c) {
    if (x.id != id) continue;
    mu_ -= static_cast<double>(o.mirostat_eta) *
           (-std::log2(x.p) - static_cast<double>(o.mirostat_tau));
  }
  return id;
}

// Prefers tokens whose probability is near a target that moves against the
// mean of what was chosen before.
TokenId Sampler::draw_adaptive() {
  const double target =
      std::clamp(static_cast<double>(options_.adaptive_target), 0.0, 1.0);
  const double decay =
      std::clamp(static_cast<double>(options_.adaptive_decay), 0.0, 0.99);
  if (adaption_.weight == 0) {
    adaption_.weighted = target / (1 - decay);
    adaption_.weight = 1 / (1 - decay);
  }
  const double aim =
      std::clamp(2 * target - adaption_.weighted / adaption_.weight, 0.0, 1.0);
  Candidates& c = candidates_;
  const Candidates before = c;
  float most = -INFINITY;
  for (auto& x : c) {
    const double far = std::abs(x.p - aim) / 0.3;
    x.logit = static_cast<float>(5 - 10 * far * far / (1 + far));
    most = std::max(most, x.logit);
  }
  double sum = 0;
  for (auto& x : c) {
    x.p = static_cast<double>(std::exp(x.logit - most));
    sum += x.p;
  }
  for (auto& x : c)
    x.p /= sum;
  const TokenId id = draw_one();
  for (const Candidate& x : before) {
    if (x.id != id) continue;
    adaption_.weighted = x.p + decay * adaption_.weighted;
    adaption_.weight = 1 + decay * adaption_.weight;
  }
  return id;
}

// Rounding may leave nothing of the draw to the last candidate.
TokenId Sampler::draw_one() {
  double left = draw(0);
  for (const auto& x : candidates_) {
    left -= x.p;
    if (left < 0) return x.id;
  }
  return candidates_.back().id;
}

// SplitMix64 of seed, position and stream: no state to carry along.
double Sampler::draw(std::uint64_t stream) const {
  std::uint64_t z = seed_ + (2 * count_ + stream + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1.0p-53;
}

}  // namespace hug::engine
