#include <algorithm>
#include <cmath>
#include <numeric>

#include "arch/pass.h"
#include "nn/ops.h"

namespace hug::arch {

namespace {

// act(gate) * up, or act(up) without a gate. In place of `up`.
void gate_up(const Pass& p, std::span<const float> gate, std::span<float> up) {
  if (p.m.traits->oai_glu) {
    for (std::size_t i = 0; i < up.size(); ++i) {
      const float g = std::min(gate[i], 7.0f);
      const float u = std::clamp(up[i], -7.0f, 7.0f);
      up[i] = g / (1.0f + std::exp(-1.702f * g)) * (u + 1.0f);
    }
    return;
  }
  for (std::size_t i = 0; i < up.size(); ++i) {
    up[i] = gate.empty() ? nn::activate(p.m.activation, up[i])
                         : nn::activate(p.m.activation, gate[i]) * up[i];
  }
}

Vector dense(const Pass& p, const Linear& gate, const Linear& up,
             const Linear& down, std::span<const float> x) {
  Vector u = apply(p, up, x);
  const std::size_t ff = down.w.n_in;
  if (gate) {
    gate_up(p, apply(p, gate, x), u);
    return apply(p, down, u);
  }
  if (up.w.n_out == ff) {
    gate_up(p, {}, u);
    return apply(p, down, u);
  }
  // Gate and up in one: first half, second half.
  const std::size_t n = u.size() / (2 * ff);
  Vector joined(n * ff);
  for (std::size_t t = 0; t < n; ++t) {
    const auto row = std::span<const float>(u).subspan(t * 2 * ff, 2 * ff);
    const auto out = std::span(joined).subspan(t * ff, ff);
    for (std::size_t i = 0; i < ff; ++i)
      out[i] = row[ff + i];
    gate_up(p, row.first(ff), out);
  }
  return apply(p, down, joined);
}

struct Choice {
  std::vector<std::size_t> experts;
  Vector weights;
};

std::vector<std::size_t> best(std::span<const float> scores, std::size_t k) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(
      order.begin(), order.end(),
      [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  order.resize(std::min(k, order.size()));
  return order;
}

// DeepSeek: only experts of the best groups may be chosen; a group is as good
// as its two best experts.
void mask_groups(const Hparams& h, std::span<float> scores) {
  const std::size_t groups = h.n_expert_group;
  if (groups <= 1 || h.n_expert_group_used == 0 || scores.size() % groups) {
    return;
  }
  const std::size_t size = scores.size() / groups;
  Vector rating(groups);
  for (std::size_t g = 0; g < groups; ++g) {
    const auto part = scores.subspan(g * size, size);
    for (const std::size_t i : best(part, 2))
      rating[g] += part[i];
  }
  const auto kept = best(rating, h.n_expert_group_used);
  for (std::size_t g = 0; g < groups; ++g) {
    if (std::find(kept.begin(), kept.end(), g) != kept.end()) continue;
    std::fill_n(scores.begin() + static_cast<std::ptrdiff_t>(g * size), size,
                -INFINITY);
  }
}

Choice route(const Pass& p, const Layer& l, std::span<const float> logits) {
  const auto& h = p.m.hparams;
  const Gating gating = h.expert_gating == 2   ? Gating::kSigmoid
                        : h.expert_gating == 1 ? Gating::kSoftmax
                                               : p.m.traits->gating;
  Vector probs(logits.begin(), logits.end());
  if (gating == Gating::kSoftmax) nn::softmax(probs);
  if (gating == Gating::kSigmoid) {
    for (float& v : probs)
      v = 1.0f / (1.0f + std::exp(-v));
  }
  Vector scores = probs;
  for (std::size_t i = 0; i < l.expert_bias.size(); ++i) {
    scores[i] += l.expert_bias[i];
  }
  mask_groups(h, scores);
  Choice out;
  out.experts = best(scores, h.n_expert_used);
  for (const std::size_t e : out.experts)
    out.weights.push_back(probs[e]);
  if (gating == Gating::kSoftmaxOfTop) nn::softmax(out.weights);
  if (p.m.traits->norm_top || h.expert_weights_norm) {
    float sum = 0;
    for (const float w : out.weights)
      sum += w;
    for (float& w : out.weights)
      w /= std::max(sum, 1e-20f);
  }
  if (h.expert_weights_scale > 0) {
    for (float& w : out.weights)
      w *= h.expert_weights_scale;
  }
  return out;
}

Linear expert(const Linear& all, std::size_t index, std::size_t n) {
  const std::size_t rows = all.w.n_out / n;
  Linear out;
  out.w = all.w.rows(index * rows, rows);
  if (!all.b.empty()) {
    out.b.assign(
        all.b.begin() + static_cast<std::ptrdiff_t>(index * rows),
        all.b.begin() + static_cast<std::ptrdiff_t>((index + 1) * rows));
  }
  return out;
}

Vector experts(const Pass& p, const Layer& l, std::span<const float> x) {
  const std::size_t n = p.m.hparams.n_expert;
  const std::size_t d = p.m.embeddings.n_in;
  const Vector logits = apply(p, l.router, x);
  Vector out(x.size());
  for (std::size_t t = 0; t * d < x.size(); ++t) {
    const auto row = x.subspan(t * d, d);
    const auto choice =
        route(p, l, std::span<const float>(logits).subspan(t * n, n));
    for (std::size_t i = 0; i < choice.experts.size(); ++i) {
      const std::size_t e = choice.experts[i];
      const Vector y =
          dense(p, expert(l.gate_exps, e, n), expert(l.up_exps, e, n),
                expert(l.down_exps, e, n), row);
      add(std::span(out).subspan(t * d, d), y, choice.weights[i]);
    }
  }
  if (!l.up_shared) return out;
  Vector shared = dense(p, l.gate_shared, l.up_shared, l.down_shared, x);
  if (l.shared_router) {
    const Vector gate = apply(p, l.shared_router, x);
    for (std::size_t t = 0; t < gate.size(); ++t) {
      const float g = 1.0f / (1.0f + std::exp(-gate[t]));
      for (std::size_t i = 0; i < d; ++i)
        shared[t * d + i] *= g;
    }
  }
  add(out, shared);
  return out;
}

}  // namespace

Vector mlp(const Pass& p, const Layer& l, std::span<const float> x) {
  if (l.router) return experts(p, l, x);
  return dense(p, l.gate, l.up, l.down, x);
}

}  // namespace hug::arch
