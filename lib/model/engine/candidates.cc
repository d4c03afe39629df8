#include "engine/candidates.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hug::engine {

namespace {

constexpr std::size_t kLanes = 16;  // compilers make vectors of them

bool likelier(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

float most_of(std::span<const float> x) {
  std::array<float, kLanes> most;
  most.fill(-INFINITY);
  std::size_t i = 0;
  for (; i + kLanes <= x.size(); i += kLanes) {
    for (std::size_t j = 0; j < kLanes; ++j) {
      most[j] = x[i + j] > most[j] ? x[i + j] : most[j];
    }
  }
  for (; i < x.size(); ++i)
    most[0] = std::max(most[0], x[i]);
  return *std::max_element(most.begin(), most.end());
}

// Of all probabilities, where that of the likeliest token is 1.
double mass_of(std::span<const float> logits, float most) {
  double total = 0;
  for (const float l : logits)
    total += static_cast<double>(std::exp(l - most));
  return total;
}

Candidates all_of(std::span<const float> logits, float least) {
  Candidates out;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] >= least && logits[i] > -INFINITY) {
      out.push_back({static_cast<TokenId>(i), logits[i]});
    }
  }
  return out;
}

// Keeps the first n in order.
void sort_first(Candidates& c, std::size_t n) {
  n = std::min(n, c.size());
  std::partial_sort(c.begin(), c.begin() + static_cast<std::ptrdiff_t>(n),
                    c.end(), likelier);
  c.resize(n);
}

}  // namespace

// The k-th largest of the maxima of stretches is no more than the k-th largest
// of all, and only a few stretches reach it.
Candidates take_top(std::span<const float> logits, std::size_t k) {
  k = std::min(k, logits.size());
  if (k == 0) return {};
  const std::size_t size =
      std::min<std::size_t>(logits.size() / (4 * k + 1), 512) / kLanes * kLanes;
  if (size == 0) {
    Candidates out = all_of(logits, -INFINITY);
    sort_first(out, k);
    return out;
  }
  std::vector<float> most;
  for (std::size_t i = 0; i < logits.size(); i += size) {
    most.push_back(
        most_of(logits.subspan(i, std::min(size, logits.size() - i))));
  }
  std::vector<float> order = most;
  const auto kth = order.begin() + static_cast<std::ptrdiff_t>(k - 1);
  std::nth_element(order.begin(), kth, order.end(), std::greater<>());
  const float least = *kth;
  Candidates out;
  for (std::size_t b = 0; b < most.size(); ++b) {
    if (most[b] < least) continue;
    const std::size_t end = std::min((b + 1) * size, logits.size());
    for (std::size_t i = b * size; i < end; ++i) {
      if (logits[i] >= least && logits[i] > -INFINITY) {
        out.push_back({static_cast<TokenId>(i), logits[i]});
      }
    }
  }
  sort_first(out, k);
  return out;
}

Candidates take_above(std::span<const float> logits, double p) {
  const float most = most_of(logits);
  const double total = mass_of(logits, most);
  const double floor = static_cast<double>(most) + std::log(total * p);
  // The likeliest one stays, whatever rounding does.
  Candidates out = all_of(logits, std::min(most, static_cast<float>(floor)));
  sort_first(out, out.size());
  for (auto& x : out)
    x.p = static_cast<double>(std::exp(x.logit - most)) / total;
  return out;
}

Candidates take_mass(std::span<const float> logits, float top_p, float min_p,
                     std::size_t least) {
  const float most = most_of(logits);
  const double total = mass_of(logits, most);
  const float floor = min_p > 0 ? most + std::log(min_p) : -INFINITY;
  for (std::size_t k = std::max<std::size_t>(least, 512);; k *= 8) {
    Candidates c = take_top(logits, k);
    double mass = 0;
    for (auto& x : c) {
      x.p = static_cast<double>(std::exp(x.logit - most)) / total;
      mass += x.p;
    }
    const bool enough = top_p < 1 && mass >= static_cast<double>(top_p);
    if (c.size() < k || enough || c.back().logit < floor) return c;
  }
}

void set_probabilities(Candidates& c) {
  double sum = 0;
  for (auto& x : c) {
    x.p = static_cast<double>(std::exp(x.logit - c.front().logit));
    sum += x.p;
  }
  for (auto& x : c)
    x.p /= sum;
}

double entropy_of(const Candidates& c) {
  double out = 0;
  for (const auto& x : c) {
    if (x.p > 0) out -= x.p * std::log(x.p);
  }
  return out;
}

// Keeps what is about as surprising as the whole distribution is.
void cut_by_typicality(Candidates& c, float typical_p, std::size_t min_keep) {
  set_probabilities(c);
  const double entropy = entropy_of(c);
  std::vector<std::pair<double, std::size_t>> odd;
  for (std::size_t i = 0; i < c.size(); ++i) {
    const double surprise = -std::log(std::max(c[i].p, 1e-300));
    odd.emplace_back(std::abs(surprise - entropy), i);
  }
  std::sort(odd.begin(), odd.end());
  double mass = 0;
  std::size_t kept = 0;
  while (kept < odd.size()) {
    mass += c[odd[kept++].second].p;
    if (mass > static_cast<double>(typical_p) && kept >= min_keep) break;
  }
  Candidates out;
  for (std::size_t i = 0; i < kept; ++i)
    out.push_back(c[odd[i].second]);
  std::sort(out.begin(), out.end(), likelier);
  c = std::move(out);
}

void cut_by_mass(Candidates& c, float top_p, std::size_t min_keep) {
  double mass = 0;
  for (std::size_t i = 0; i < c.size(); ++i) {
    mass += c[i].p;
    if (mass >= static_cast<double>(top_p) && i + 1 >= min_keep) {
      c.resize(i + 1);
      return;
    }
  }
}

void cut_by_share(Candidates& c, float min_p, std::size_t min_keep) {
  const float least = c.front().logit + std::log(min_p);
  std::size_t kept = 1;
  while (kept < c.size() && (kept < min_keep || c[kept].logit >= least))
    ++kept;
  c.resize(kept);
}

void drop_top_choices(Candidates& c, float threshold, std::size_t min_keep) {
  set_probabilities(c);
  std::size_t likely = 0;
  while (likely < c.size() && c[likely].p >= static_cast<double>(threshold))
    ++likely;
  if (likely < 2 || c.size() - (likely - 1) < min_keep) return;
  c.erase(c.begin(), c.begin() + static_cast<std::ptrdiff_t>(likely - 1));
}

}  // namespace hug::engine
