#include <algorithm>

#include "arch/pass.h"
#include "nn/attention.h"
#include "nn/ops.h"

namespace hug::arch {

const nn::RopeTable& rope_of_layer(const Pass& p, const Layer& l,
                                   std::size_t n_token) {
  if (l.local_rope) return p.m.rope_local;
  if (!p.m.rope_long.step.empty() && n_token > p.m.hparams.rope_original_ctx) {
    return p.m.rope_long;
  }
  return p.m.rope;
}

namespace {

void clamp(std::span<float> x, float limit) {
  if (limit <= 0) return;
  for (float& v : x)
    v = std::clamp(v, -limit, limit);
}

// Norms and turns the heads of queries or keys in place.
void prepare_heads(const Pass& p, const Layer& l, const Norm& norm,
                   std::size_t n_head, std::size_t head_dim,
                   const nn::RopeTable& rope, Vector& x) {
  if (norm) {
    // Over a head, or (OLMo 2) over all of them at once.
    const bool whole = norm.w.size() == n_head * head_dim && n_head > 1 &&
                       p.m.traits->norm == NormKind::kRms;
    x = apply(p, norm, x, whole ? norm.w.size() : head_dim);
  }
  if (!l.rotates) return;
  for (std::size_t t = 0; t < p.n; ++t) {
    for (std::size_t i = 0; i < n_head; ++i) {
      nn::rotate(std::span(x).subspan((t * n_head + i) * head_dim, head_dim),
                 rope, p.m.traits->rope,
                 static_cast<std::int64_t>(p.first + t));
    }
  }
}

// The fused product's columns [begin, begin + width) of each row.
Vector columns(const Vector& x, std::size_t row, std::size_t begin,
               std::size_t width) {
  Vector out;
  out.reserve(x.size() / row * width);
  for (std::size_t at = begin; at < x.size(); at += row) {
    out.insert(out.end(), x.begin() + static_cast<std::ptrdiff_t>(at),
               x.begin() + static_cast<std::ptrdiff_t>(at + width));
  }
  return out;
}

}  // namespace

Vector attention(const Pass& p, const Layer& l, std::size_t index,
                 LayerState& state, std::span<const float> x) {
  const auto& h = p.m.hparams;
  const std::size_t n_head = h.n_head[index];
  const std::size_t n_kv = h.n_head_kv[index];
  const std::size_t hk = h.key_length;
  const std::size_t hv = h.value_length;
  Vector q;
  Vector k;
  Vector v;
  if (l.qkv) {
    const Vector all = apply(p, l.qkv, x);
    const std::size_t row = l.qkv.w.n_out;
    q = columns(all, row, 0, n_head * hk);
    k = columns(all, row, n_head * hk, n_kv * hk);
    v = columns(all, row, (n_head + n_kv) * hk, n_kv * hv);
  } else {
    q = apply(p, l.q, x);
    k = apply(p, l.k, x);
    v = apply(p, l.v, x);
  }
  clamp(q, h.clamp_kqv);
  clamp(k, h.clamp_kqv);
  clamp(v, h.clamp_kqv);
  const auto& rope = rope_of_layer(p, l, p.first + p.n);
  prepare_heads(p, l, l.q_norm, n_head, hk, rope, q);
  prepare_heads(p, l, l.k_norm, n_kv, hk, rope, k);
  state.keys.insert(state.keys.end(), k.begin(), k.end());
  state.values.insert(state.values.end(), v.begin(), v.end());
  Vector out(p.n * n_head * hv);
  nn::AttentionJob job;
  job.q = q;
  job.k = state.keys;
  job.v = state.values;
  job.out = out;
  job.n_query = p.n;
  job.n_key = p.first + p.n;
  job.n_head = n_head;
  job.n_head_kv = n_kv;
  job.key_dim = hk;
  job.value_dim = hv;
  job.first = p.first;
  job.scale = p.m.attention_scale;
  job.softcap = h.attn_softcap;
  job.window = l.window;
  job.causal = h.causal;
  job.sinks = l.sinks;
  nn::attend(p.team, job);
  return apply(p, l.o, out);
}

// Keys and values share one compressed row a token: (kv_lora_rank, n_rot).
Vector latent_attention(const Pass& p, const Layer& l, std::size_t index,
                        LayerState& state, std::span<const float> x) {
  const auto& h = p.m.hparams;
  const std::size_t n_head = h.n_head[index];
  const std::size_t rank = h.kv_lora_rank;
  const std::size_t n_rot = h.n_rot;
  const std::size_t head = h.key_length_mla;
  const std::size_t nope = head - n_rot;
  const std::size_t row = rank + n_rot;
  const auto& rope = rope_of_layer(p, l, p.first + p.n);
  const auto turn = [&](std::span<float> part, std::size_t t) {
    nn::rotate(part, rope, p.m.traits->rope,
               static_cast<std::int64_t>(p.first + t));
  };
  Vector q = l.q_b ? apply(p, l.q_b,
                           apply(p, l.q_a_norm, apply(p, l.q_a, x),
                                 static_cast<std::size_t>(h.q_lora_rank)))
                   : apply(p, l.q, x);
  const Vector kv = apply(p, l.kv_a, x);
  for (std::size_t t = 0; t < p.n; ++t) {
    Vector c(kv.begin() + static_cast<std::ptrdiff_t>(t * row),
             kv.begin() + static_cast<std::ptrdiff_t>((t + 1) * row));
    const Vector normed =
        apply(p, l.kv_a_norm, std::span<const float>(c).first(rank), rank);
    std::copy(normed.begin(), normed.end(), c.begin());
    turn(std::span(c).subspan(rank), t);
    state.keys.insert(state.keys.end(), c.begin(), c.end());
    state.values.insert(state.values.end(), normed.begin(), normed.end());
  }
  // Queries move into the space of the compressed keys.
  Vector wide(p.n * n_head * row);
  for (std::size_t t = 0; t < p.n; ++t) {
    for (std::size_t i = 0; i < n_head; ++i) {
      const auto from = std::span(q).subspan((t * n_head + i) * head, head);
      const auto to = std::span(wide).subspan((t * n_head + i) * row, row);
      nn::matmul(p.team, from.first(nope), l.k_b.w.rows(i * rank, rank),
                 to.first(rank));
      turn(from.subspan(nope), t);
      std::copy(from.begin() + static_cast<std::ptrdiff_t>(nope), from.end(),
                to.begin() + static_cast<std::ptrdiff_t>(rank));
    }
  }
  Vector mixed(p.n * n_head * rank);
  nn::AttentionJob job;
  job.q = wide;
  job.k = state.keys;
  job.v = state.values;
  job.out = mixed;
  job.n_query = p.n;
  job.n_key = p.first + p.n;
  job.n_head = n_head;
  job.n_head_kv = 1;
  job.key_dim = row;
  job.value_dim = rank;
  job.first = p.first;
  job.scale = p.m.attention_scale;
  nn::attend(p.team, job);
  const std::size_t value = h.value_length_mla;
  Vector out(p.n * n_head * value);
  for (std::size_t t = 0; t < p.n; ++t) {
    for (std::size_t i = 0; i < n_head; ++i) {
      nn::matmul(
          p.team,
          std::span<const float>(mixed).subspan((t * n_head + i) * rank, rank),
          l.v_b.w.rows(i * value, value),
          std::span(out).subspan((t * n_head + i) * value, value));
    }
  }
  return apply(p, l.o, out);
}

}  // namespace hug::arch
