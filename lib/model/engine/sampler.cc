#include "engine/sampler.h"

#include <algorithm>
#include <cmath>

namespace hug::engine {

namespace {

// Softmax of sorted candidates into p.
template <class C>
void set_probabilities(C& c) {
  double sum = 0;
  for (auto& x : c) {
    x.p = std::exp(x.logit - c.front().logit);
    sum += static_cast<double>(x.p);
  }
  for (auto& x : c)
    x.p = static_cast<float>(static_cast<double>(x.p) / sum);
}

}  // namespace

void Sampler::accept(TokenId id) {
  recent_.push_back(id);
  if (recent_.size() > options_.repeat_last_n) {
    recent_.erase(recent_.begin());
  }
}

void Sampler::penalize(Candidates& c) const {
  const auto& o = options_;
  if (o.repeat_penalty == 1 && o.frequency_penalty == 0 &&
      o.presence_penalty == 0) {
    return;
  }
  std::vector<std::uint32_t> counts(c.size());
  for (const TokenId id : recent_) {
    if (static_cast<std::size_t>(id) < counts.size()) {
      ++counts[static_cast<std::size_t>(id)];
    }
  }
  for (std::size_t i = 0; i < c.size(); ++i) {
    if (counts[i] == 0) continue;
    float& l = c[i].logit;
    l = l > 0 ? l / o.repeat_penalty : l * o.repeat_penalty;
    l -= static_cast<float>(counts[i]) * o.frequency_penalty +
         o.presence_penalty;
  }
}

void Sampler::cut_by_sigma(Candidates& c) const {
  if (options_.top_n_sigma < 0) return;
  double sum = 0;
  double squares = 0;
  for (const auto& x : c) {
    sum += static_cast<double>(x.logit);
    squares += static_cast<double>(x.logit) * static_cast<double>(x.logit);
  }
  const auto n = static_cast<double>(c.size());
  const double deviation =
      std::sqrt(std::max(squares / n - sum / n * sum / n, 0.0));
  const double least = static_cast<double>(c.front().logit) -
                       static_cast<double>(options_.top_n_sigma) * deviation;
  std::erase_if(c, [&](const Candidate& x) {
    return static_cast<double>(x.logit) < least;
  });
}

// Keeps what is about as surprising as the whole distribution is.
void Sampler::cut_by_typicality(Candidates& c) const {
  if (options_.typical_p >= 1) return;
  set_probabilities(c);
  double entropy = 0;
  for (const auto& x : c) {
    if (x.p > 0) {
      entropy -= static_cast<double>(x.p) * std::log(static_cast<double>(x.p));
    }
  }
  const auto oddness = [&](const Candidate& x) {
    return std::abs(-std::log(std::max(static_cast<double>(x.p), 1e-300)) -
                    entropy);
  };
  std::stable_sort(c.begin(), c.end(),
                   [&](const Candidate& a, const Candidate& b) {
                     return oddness(a) < oddness(b);
                   });
  double mass = 0;
  std::size_t kept = 0;
  while (kept < c.size() && mass < static_cast<double>(options_.typical_p)) {
    mass += static_cast<double>(c[kept++].p);
  }
  c.resize(std::max<std::size_t>(kept, 1));
  std::stable_sort(
      c.begin(), c.end(),
      [](const Candidate& a, const Candidate& b) { return a.logit > b.logit; });
}

void Sampler::cut_by_mass(Candidates& c) const {
  if (options_.top_p >= 1) return;
  set_probabilities(c);
  double mass = 0;
  std::size_t kept = 0;
  while (kept < c.size() && mass < static_cast<double>(options_.top_p)) {
    mass += static_cast<double>(c[kept++].p);
  }
  c.resize(std::max<std::size_t>(kept, 1));
}

void Sampler::cut_by_share(Candidates& c) const {
  if (options_.min_p <= 0) return;
  const float least = c.front().logit + std::log(options_.min_p);
  std::erase_if(c, [&](const Candidate& x) { return x.logit < least; });
}

// XTC: of several likely tokens only the least likely stays.
void Sampler::drop_top_choices(Candidates& c) const {
  if (options_.xtc_probability <= 0 || c.size() < 2) return;
  if (draw(1) >= static_cast<double>(options_.xtc_probability)) return;
  set_probabilities(c);
  std::size_t likely = 0;
  while (likely < c.size() && c[likely].p >= options_.xtc_threshold)
    ++likely;
  if (likely > 1) {
    c.erase(c.begin(), c.begin() + static_cast<std::ptrdiff_t>(likely - 1));
  }
}

// SplitMix64 of seed, position and stream: no state to carry along.
double Sampler::draw(std::uint64_t stream) const {
  std::uint64_t z = seed_ + (2 * count_ + stream + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1.0p-53;
}

Result<TokenId> Sampler::choose(std::span<const float> logits) {
  Candidates c;
  c.reserve(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (!std::isfinite(logits[i])) {
      return Error(Code::kCorrupt,
                   "the model's output is not a number; its weights are "
                   "damaged");
    }
    c.push_back({static_cast<TokenId>(i), logits[i]});
  }
  penalize(c);
  const auto likelier = [](const Candidate& a, const Candidate& b) {
    return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
  };
  if (options_.temperature <= 0) {
    ++count_;
    return std::min_element(c.begin(), c.end(), likelier)->id;
  }
  const std::size_t k = options_.top_k == 0
                            ? c.size()
                            : std::min<std::size_t>(options_.top_k, c.size());
  if (options_.top_n_sigma >= 0) {
    std::sort(c.begin(), c.end(), likelier);
    cut_by_sigma(c);
  } else {
    std::partial_sort(c.begin(), c.begin() + static_cast<std::ptrdiff_t>(k),
                      c.end(), likelier);
  }
  c.resize(std::min(k, c.size()));
  cut_by_typicality(c);
  cut_by_mass(c);
  cut_by_share(c);
  drop_top_choices(c);
  for (auto& x : c)
    x.logit /= options_.temperature;
  set_probabilities(c);
  double left = draw(0);
  ++count_;
  for (const auto& x : c) {
    left -= static_cast<double>(x.p);
    if (left < 0) return x.id;
  }
  return c.back().id;
}

}  // namespace hug::engine
