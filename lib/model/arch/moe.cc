#include "arch/moe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace hug::arch {

namespace {

// As good as its two best experts.
float rating(ConstRows group) {
  float first = -INFINITY;
  float second = -INFINITY;
  for (const float s : group) {
    second = std::max(second, std::min(first, s));
    first = std::max(first, s);
  }
  return group.size() > 1 ? first + second : first;
}

// DeepSeek: only experts of the best groups may be chosen. `ratings`: work
// memory, one a group.
void mask_groups(const Hparams& h, Rows scores, Rows ratings) {
  const std::size_t groups = h.n_expert_group;
  if (groups <= 1 || h.n_expert_group_used == 0 || scores.size() % groups) {
    return;
  }
  const std::size_t size = scores.size() / groups;
  for (std::size_t g = 0; g < groups; ++g)
    ratings[g] = rating(scores.subspan(g * size, size));
  for (std::size_t g = 0; g < groups; ++g) {
    std::size_t better = 0;
    for (std::size_t i = 0; i < groups; ++i) {
      const bool ahead = ratings[i] == ratings[g] && i < g;
      better += ratings[i] > ratings[g] || ahead ? 1U : 0U;
    }
    if (better < h.n_expert_group_used) continue;
    std::fill_n(scores.data() + g * size, size, -INFINITY);
  }
}

// The experts of one token and their weights.
struct Choice {
  std::span<std::uint32_t> experts;  // (n_expert_used)
  Rows weights;
};

// probs: a token's logits, made probabilities in place. `work`: as many, and
// one a group.
void route(const Pass& p, const Layer& l, Rows probs, Rows work,
           const Choice& out) {
  const auto& h = p.m.hparams;
  const Gating gating = h.expert_gating == 2   ? Gating::kSigmoid
                        : h.expert_gating == 1 ? Gating::kSoftmax
                                               : p.m.traits->gating;
  if (gating == Gating::kSoftmax) nn::softmax(probs);
  if (gating == Gating::kSigmoid) {
    for (float& v : probs)
      v = 1.0f / (1.0f + std::exp(-v));
  }
  const Rows scores = work.first(probs.size());
  std::copy(probs.begin(), probs.end(), scores.begin());
  for (std::size_t i = 0; i < l.expert_bias.size(); ++i)
    scores[i] += l.expert_bias[i];
  mask_groups(h, scores, work.subspan(probs.size()));
  for (std::size_t i = 0; i < out.experts.size(); ++i) {
    const auto best = std::max_element(scores.begin(), scores.end());
    const auto expert = static_cast<std::size_t>(best - scores.begin());
    *best = -INFINITY;
    out.experts[i] = static_cast<std::uint32_t>(expert);
    out.weights[i] = probs[expert];
  }
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
}

// Integers in the workspace.
std::span<std::uint32_t> take_counts(const Pass& p, std::size_t n) {
  static_assert(sizeof(float) == sizeof(std::uint32_t));
  return {reinterpret_cast<std::uint32_t*>(p.take(n).data()), n};
}

// All tokens' choices, expert by expert.
struct Routing {
  std::size_t n_used = 0;
  std::span<std::uint32_t> experts;  // (rows, n_used)
  Rows weights;                      // (rows, n_used)
  std::span<std::uint32_t> begin;    // (n_expert + 1): places in `order`
  std::span<std::uint32_t> order;    // (rows * n_used): row * n_used + slot
};

// Counting sort: within an expert the tokens stay in order.
void sort_by_expert(Routing& r) {
  std::fill(r.begin.begin(), r.begin.end(), 0U);
  for (const std::uint32_t e : r.experts)
    ++r.begin[e + 1];
  for (std::size_t e = 1; e < r.begin.size(); ++e)
    r.begin[e] += r.begin[e - 1];
  for (std::size_t i = 0; i < r.experts.size(); ++i)
    r.order[r.begin[r.experts[i]]++] = static_cast<std::uint32_t>(i);
  for (std::size_t e = r.begin.size() - 1; e > 0; --e)
    r.begin[e] = r.begin[e - 1];
  r.begin[0] = 0;
}

Routing route_all(const Pass& p, const Layer& l, ConstRows x) {
  const auto& h = p.m.hparams;
  const std::size_t n = h.n_expert;
  const std::size_t rows = x.size() / p.m.embeddings.n_in;
  Routing out;
  out.n_used = std::min<std::size_t>(h.n_expert_used, n);
  out.experts = take_counts(p, rows * out.n_used);
  out.weights = p.take(rows * out.n_used);
  out.begin = take_counts(p, n + 1);
  out.order = take_counts(p, rows * out.n_used);
  const nn::Workspace::Scope scope(p.work);
  const Rows probs = apply(p, l.router, x);
  const std::size_t spare = n + h.n_expert_group;
  const Rows work = p.take(rows * spare);
  p.team.run(rows, 16, [&](std::size_t t, std::size_t end) {
    for (; t < end; ++t) {
      route(p, l, probs.subspan(t * n, n), work.subspan(t * spare, spare),
            {out.experts.subspan(t * out.n_used, out.n_used),
             out.weights.subspan(t * out.n_used, out.n_used)});
    }
  });
  sort_by_expert(out);
  return out;
}

// The part of one expert in a linear map of all.
nn::Product product_of(const Linear& all, std::size_t expert, std::size_t n,
                       Rows y) {
  const std::size_t rows = all.w.n_out / n;
  nn::Product out;
  out.w = all.w.rows(expert * rows, rows);
  if (!all.b.empty()) out.bias = std::span(all.b).subspan(expert * rows, rows);
  out.y = y;
  return out;
}

// One expert's MLP over gathered rows.
Rows run_expert(const Pass& p, const Layer& l, std::size_t expert,
                ConstRows x) {
  const std::size_t n = p.m.hparams.n_expert;
  const std::size_t rows = x.size() / p.m.embeddings.n_in;
  const std::size_t ff = l.down_exps.w.n_in;
  const std::size_t width = l.up_exps.w.n_out / n;
  std::array<nn::Product, 2> products;
  const Rows up = p.take(rows * width);
  products[0] = product_of(l.up_exps, expert, n, up);
  std::size_t count = 1;
  Rows hidden = up;
  if (l.gate_exps) {
    products[count++] =
        product_of(l.gate_exps, expert, n, p.take(rows * width));
  }
  nn::matmul(p.team, x, std::span(products).first(count));
  if (width == ff) {
    gate_up(p, count == 2 ? ConstRows(products[1].y) : ConstRows(), up);
  } else {  // gate and up in one
    hidden = p.take(rows * ff);
    nn::activate_halves(p.team, p.m.activation, up, ff, hidden);
  }
  const Rows y = p.take(x.size());
  const auto down = product_of(l.down_exps, expert, n, y);
  nn::matmul(p.team, hidden, {&down, 1});
  return y;
}

void add_expert(const Pass& p, const Layer& l, const Routing& r,
                std::size_t expert, ConstRows x, Rows out) {
  const nn::Workspace::Scope scope(p.work);
  const std::size_t d = p.m.embeddings.n_in;
  const auto mine =
      r.order.subspan(r.begin[expert], r.begin[expert + 1] - r.begin[expert]);
  const Rows in = p.take(mine.size() * d);
  p.team.run(mine.size(), 8, [&](std::size_t i, std::size_t end) {
    for (; i < end; ++i) {
      std::copy_n(x.data() + mine[i] / r.n_used * d, d, in.data() + i * d);
    }
  });
  const Rows y = run_expert(p, l, expert, in);
  // A token meets an expert once: no two threads write one row.
  p.team.run(mine.size(), 8, [&](std::size_t i, std::size_t end) {
    for (; i < end; ++i) {
      float* to = out.data() + mine[i] / r.n_used * d;
      const float* from = y.data() + i * d;
      const float w = r.weights[mine[i]];
      for (std::size_t j = 0; j < d; ++j)
        to[j] += from[j] * w;
    }
  });
}

void add_shared(const Pass& p, const Layer& l, ConstRows x, Rows out) {
  const nn::Workspace::Scope scope(p.work);
  const std::size_t d = p.m.embeddings.n_in;
  const Rows shared = dense(p, l.gate_shared, l.up_shared, l.down_shared, x);
  if (l.shared_router) {
    const Rows gate = apply(p, l.shared_router, x);
    for (std::size_t t = 0; t < gate.size(); ++t) {
      const float g = 1.0f / (1.0f + std::exp(-gate[t]));
      for (std::size_t i = 0; i < d; ++i)
        shared[t * d + i] *= g;
    }
  }
  add(p, out, shared);
}

}  // namespace

Rows experts(const Pass& p, const Layer& l, ConstRows x) {
  const Rows out = p.take(x.size());
  std::fill(out.begin(), out.end(), 0.0f);
  {
    const nn::Workspace::Scope scope(p.work);
    const Routing routing = route_all(p, l, x);
    for (std::size_t e = 0; e + 1 < routing.begin.size(); ++e) {
      if (routing.begin[e] < routing.begin[e + 1])
        add_expert(p, l, routing, e, x, out);
    }
  }
  if (l.up_shared) add_shared(p, l, x, out);
  return out;
}

}  // namespace hug::arch
