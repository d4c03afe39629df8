#include <algorithm>

#include "arch/pass.h"

namespace hug::arch {

namespace {

void clamp(const Pass& p, Rows x) {
  const float limit = p.m.hparams.clamp_kqv;
  if (limit <= 0) return;
  for (float& v : x)
    v = std::clamp(v, -limit, limit);
}

// The part of the turns that belongs to tokens from `token` on.
nn::Turns turns_from(nn::Turns turns, std::size_t token) {
  if (turns.cos.empty()) return turns;
  turns.cos = turns.cos.subspan(token * turns.width);
  turns.sin = turns.sin.subspan(token * turns.width);
  return turns;
}

// Norms and turns the heads of queries or keys in place; x begins with token
// `token` of the chunk.
void prepare_heads(const Pass& p, const Layer& l, const Norm& norm,
                   std::size_t n_head, std::size_t head_dim, std::size_t token,
                   Rows x) {
  clamp(p, x);
  if (norm) {
    // Over a head, or (OLMo 2) over all of them at once.
    const bool whole = norm.w.size() == n_head * head_dim && n_head > 1 &&
                       p.m.traits->norm == NormKind::kRms;
    apply_in_place(p, norm, x, whole ? norm.w.size() : head_dim);
  }
  if (!l.rotates) return;
  nn::turn_heads(p.team, turns_from(turns_of_layer(p, l), token), x, n_head,
                 head_dim);
}

}  // namespace

Qkv project(const Pass& p, const Layer& l, std::size_t n_head, std::size_t n_kv,
            ConstRows x) {
  const std::size_t hk = p.m.hparams.key_length;
  const std::size_t hv = p.m.hparams.value_length;
  const bool fused = static_cast<bool>(l.qkv);
  Map maps[] = {
      {fused ? l.qkv : l.q, {}, 0, n_head * hk},
      {fused ? l.qkv : l.k, {}, fused ? n_head * hk : 0, n_kv * hk},
      {fused ? l.qkv : l.v, {}, fused ? (n_head + n_kv) * hk : 0, n_kv * hv}};
  if (p.wanted == 0) {
    apply(p, maps, x);
  } else {
    apply(p, std::span(maps).first(1),
          x.subspan(p.wanted * p.m.embeddings.n_in));
    apply(p, std::span(maps).subspan(1), x);
  }
  return {maps[0].y, maps[1].y, maps[2].y};
}

Rows attention(const Pass& p, const Layer& l, std::size_t index,
               LayerState& state, ConstRows x) {
  const auto& h = p.m.hparams;
  const std::size_t n_head = h.n_head[index];
  const std::size_t n_kv = h.n_head_kv[index];
  const Qkv qkv = project(p, l, n_head, n_kv, x);
  prepare_heads(p, l, l.q_norm, n_head, h.key_length, p.wanted, qkv.q);
  prepare_heads(p, l, l.k_norm, n_kv, h.key_length, 0, qkv.k);
  clamp(p, qkv.v);
  state.kv.append(p.team, p.n, qkv.k, qkv.v);
  nn::AttentionJob job;
  job.q = qkv.q;
  job.cache = &state.kv;
  job.n_query = p.n - p.wanted;
  // In the queries' place where that fits: attend() copies what it works on.
  job.out = h.value_length == h.key_length
                ? qkv.q
                : p.take(job.n_query * n_head * h.value_length);
  job.n_head = n_head;
  job.first = p.first + p.wanted;
  job.scale = p.m.attention_scale;
  job.softcap = h.attn_softcap;
  job.window = l.window;
  job.causal = h.causal;
  job.sinks = l.sinks;
  nn::attend(p.team, p.work, job);
  return apply(p, l.o, job.out);
}

namespace {

// Columns [begin, begin + width) of rows of `row`, to or from a place of their
// own.
void gather(const Pass& p, ConstRows from, std::size_t row, std::size_t begin,
            std::size_t width, Rows to) {
  p.team.run(from.size() / row, 64, [&](std::size_t at, std::size_t end) {
    for (; at < end; ++at)
      std::copy_n(from.data() + at * row + begin, width,
                  to.data() + at * width);
  });
}

void scatter(const Pass& p, ConstRows from, std::size_t row, std::size_t begin,
             std::size_t width, Rows to) {
  p.team.run(to.size() / row, 64, [&](std::size_t at, std::size_t end) {
    for (; at < end; ++at)
      std::copy_n(from.data() + at * width, width,
                  to.data() + at * row + begin);
  });
}

// Of each head of x (rows, n_head, from), `width` elements from the first on
// times the head's own rows of the matrix, to the start of each head of y
// (rows, n_head, to).
struct PerHead {
  std::size_t n_head;
  std::size_t from;
  std::size_t width;
  std::size_t to;
  std::size_t n_out;
};

void apply_per_head(const Pass& p, const PerHead& s, const Linear& l,
                    ConstRows x, Rows y) {
  const nn::Workspace::Scope scope(p.work);
  const std::size_t rows = x.size() / (s.n_head * s.from);
  const Rows in = p.take(rows * s.width);
  const Rows out = p.take(rows * s.n_out);
  for (std::size_t i = 0; i < s.n_head; ++i) {
    gather(p, x, s.n_head * s.from, i * s.from, s.width, in);
    nn::matmul(p.team, in, l.w.rows(i * s.n_out, s.n_out), out);
    scatter(p, out, s.n_head * s.to, i * s.to, s.n_out, y);
  }
}

// Appends the compressed rows (kv_lora_rank, n_rot) of all tokens.
void append_latent(const Pass& p, const Layer& l, LayerState& state,
                   ConstRows x) {
  const nn::Workspace::Scope scope(p.work);
  const std::size_t rank = p.m.hparams.kv_lora_rank;
  const std::size_t row = rank + p.m.hparams.n_rot;
  const Rows kv = apply(p, l.kv_a, x);
  const Rows values = p.take(p.n * rank);
  gather(p, kv, row, 0, rank, values);
  apply_in_place(p, l.kv_a_norm, values, rank);
  scatter(p, values, row, 0, rank, kv);
  nn::turn_heads(p.team, turns_of_layer(p, l), kv, 1, row, rank);
  state.kv.append(p.team, p.n, kv, values);
}

}  // namespace

// Keys and values share one compressed row a token.
Rows latent_attention(const Pass& p, const Layer& l, std::size_t index,
                      LayerState& state, ConstRows x) {
  const auto& h = p.m.hparams;
  const std::size_t n_head = h.n_head[index];
  const std::size_t rank = h.kv_lora_rank;
  const std::size_t row = rank + h.n_rot;
  const std::size_t head = h.key_length_mla;
  const std::size_t nope = head - h.n_rot;
  const std::size_t n = p.n - p.wanted;
  append_latent(p, l, state, x);
  const ConstRows asking = x.subspan(p.wanted * p.m.embeddings.n_in);
  Rows q;
  if (l.q_b) {
    const Rows low = apply(p, l.q_a, asking);
    apply_in_place(p, l.q_a_norm, low, h.q_lora_rank);
    q = apply(p, l.q_b, low);
  } else {
    q = apply(p, l.q, asking);
  }
  nn::turn_heads(p.team, turns_from(turns_of_layer(p, l), p.wanted), q, n_head,
                 head, nope);
  // Queries move into the space of the compressed keys.
  const Rows wide = p.take(n * n_head * row);
  apply_per_head(p, {n_head, head, nope, row, rank}, l.k_b, q, wide);
  p.team.run(n * n_head, 64, [&](std::size_t at, std::size_t end) {
    for (; at < end; ++at) {
      std::copy_n(q.data() + at * head + nope, h.n_rot,
                  wide.data() + at * row + rank);
    }
  });
  nn::AttentionJob job;
  job.q = wide;
  job.cache = &state.kv;
  job.out = p.take(n * n_head * rank);
  job.n_query = n;
  job.n_head = n_head;
  job.first = p.first + p.wanted;
  job.scale = p.m.attention_scale;
  nn::attend(p.team, p.work, job);
  const std::size_t value = h.value_length_mla;
  const Rows out = p.take(n * n_head * value);
  apply_per_head(p, {n_head, rank, rank, value, value}, l.v_b, job.out, out);
  return apply(p, l.o, out);
}

}  // namespace hug::arch
