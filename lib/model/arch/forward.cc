#include "arch/forward.h"

#include <cmath>

#include "arch/pass.h"
#include "nn/ops.h"

namespace hug::arch {

Vector apply(const Pass& p, const Linear& l, std::span<const float> x) {
  const std::size_t n = x.size() / l.w.n_in;
  Vector y(n * l.w.n_out);
  nn::matmul(p.team, x, l.w, y);
  for (std::size_t t = 0; t < n && !l.b.empty(); ++t) {
    for (std::size_t i = 0; i < l.w.n_out; ++i)
      y[t * l.w.n_out + i] += l.b[i];
  }
  return y;
}

Vector apply(const Pass& p, const Norm& norm, std::span<const float> x,
             std::size_t width) {
  Vector y(x.size());
  const auto& h = p.m.hparams;
  for (std::size_t at = 0; at < x.size(); at += width) {
    const auto in = x.subspan(at, width);
    const auto out = std::span(y).subspan(at, width);
    // Wider weights hold one set a head: the rows go round.
    const std::size_t skip = norm.w.size() > width ? at % norm.w.size() : 0;
    const auto w = norm.w.empty() ? std::span<const float>()
                                  : std::span(norm.w).subspan(skip, width);
    if (p.m.traits->norm == NormKind::kRms) {
      nn::rms_norm(in, w, h.rms_norm_eps, out);
    } else {
      const auto b = norm.b.empty() ? std::span<const float>()
                                    : std::span(norm.b).subspan(skip, width);
      nn::layer_norm(in, w, b, h.norm_eps, out);
    }
  }
  return y;
}

void add(std::span<float> x, std::span<const float> y, float factor) {
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] += y[i] * factor;
}

namespace {

Vector embed(const Pass& p, std::span<const std::int32_t> ids,
             std::span<const std::int32_t> types) {
  const std::size_t d = p.m.embeddings.n_in;
  Vector x(p.n * d);
  Vector row(d);
  const auto& h = p.m.hparams;
  const float scale = p.m.traits->embed_scale
                          ? std::sqrt(static_cast<float>(h.n_embd))
                      : h.embedding_scale > 0 ? h.embedding_scale
                                              : 1.0f;
  for (std::size_t t = 0; t < p.n; ++t) {
    const auto out = std::span(x).subspan(t * d, d);
    nn::decode_row(p.m.embeddings, static_cast<std::size_t>(ids[t]), out);
    for (float& v : out)
      v *= scale;
    if (!p.m.positions.empty()) {
      nn::decode_row(p.m.positions, p.first + t, row);
      add(out, row);
    }
    if (!p.m.token_types.empty()) {
      const std::int32_t type = types.empty() ? 0 : types[t];
      nn::decode_row(p.m.token_types, static_cast<std::size_t>(type), row);
      add(out, row);
    }
  }
  if (p.m.embd_norm) return apply(p, p.m.embd_norm, x, d);
  return x;
}

Vector mix(const Pass& p, const Layer& l, std::size_t i, LayerState& state,
           std::span<const float> x) {
  if (l.kind == LayerKind::kMamba) return mamba(p, l, state, x);
  if (l.kind == LayerKind::kShortConv) return short_conv(p, l, state, x);
  if (l.kv_a) return latent_attention(p, l, i, state, x);
  return attention(p, l, i, state, x);
}

// A norm that may be absent: then the rows themselves.
Vector normed(const Pass& p, const Norm& norm, const Vector& x,
              bool without_weights) {
  if (!norm && !without_weights) return x;
  return apply(p, norm, x, p.m.embeddings.n_in);
}

void run_layer(const Pass& p, std::size_t i, LayerState& state, Vector& x) {
  const Layer& l = p.m.layers[i];
  const std::size_t d = p.m.embeddings.n_in;
  const auto& h = p.m.hparams;
  const float residual = h.residual_scale > 0 ? h.residual_scale : 1.0f;
  // OLMo's norms have no weights, and so no tensors.
  const bool bare = h.arch == "olmo";
  const Vector in = normed(p, l.attn_norm, x, bare);
  Vector mixed =
      mix(p, l, i, state, l.attn_norm_2 ? apply(p, l.attn_norm_2, x, d) : in);
  if (l.post_attn_norm) mixed = apply(p, l.post_attn_norm, mixed, d);
  if (l.kind == LayerKind::kMamba) {
    add(x, mixed);
    return;
  }
  // Parallel: the MLP reads what attention read, or the input by its own norm.
  const bool parallel =
      l.parallel || (!l.ffn_norm && l.attn_norm && !bare &&
                     !p.m.traits->post_norm && !l.post_ffn_norm);
  if (parallel) {
    const Vector own = l.ffn_norm ? apply(p, l.ffn_norm, x, d) : in;
    const Vector out = mlp(p, l, own);
    add(x, mixed, residual);
    add(x, out, residual);
    return;
  }
  add(x, mixed, residual);
  if (l.attn_out_norm) x = apply(p, l.attn_out_norm, x, d);
  Vector out = mlp(p, l, normed(p, l.ffn_norm, x, bare));
  if (l.post_ffn_norm) out = apply(p, l.post_ffn_norm, out, d);
  add(x, out, residual);
  if (l.layer_out_norm) x = apply(p, l.layer_out_norm, x, d);
}

Vector head(const Pass& p, std::span<const float> rows) {
  Vector x(rows.begin(), rows.end());
  const auto& h = p.m.hparams;
  if (p.m.logit_factor != 1.0f) {
    for (float& v : x)
      v *= p.m.logit_factor;
  }
  Vector logits = apply(p, p.m.output, x);
  if (h.final_softcap > 0) {
    for (float& v : logits) {
      v = h.final_softcap * std::tanh(v / h.final_softcap);
    }
  }
  return logits;
}

Result<void> check_input(const Model& m, std::size_t first,
                         std::span<const std::int32_t> ids,
                         std::span<const std::int32_t> types) {
  for (const std::int32_t id : ids) {
    if (id < 0 || static_cast<std::size_t>(id) >= m.embeddings.n_out) {
      return Error(Code::kUsage, "token " + std::to_string(id) +
                                     " is not in the vocabulary of " +
                                     std::to_string(m.embeddings.n_out));
    }
  }
  for (const std::int32_t type : types) {
    if (type < 0 || static_cast<std::size_t>(type) >= m.token_types.n_out) {
      return Error(Code::kUsage,
                   "there is no token type " + std::to_string(type));
    }
  }
  if (!m.positions.empty() && first + ids.size() > m.positions.n_out) {
    return Error(Code::kUsage, "the text is longer than the " +
                                   std::to_string(m.positions.n_out) +
                                   " positions of the model");
  }
  return {};
}

}  // namespace

Result<std::vector<float>> forward(const Model& m, nn::Team& team,
                                   Sequence& sequence,
                                   std::span<const std::int32_t> ids,
                                   std::span<const std::int32_t> types,
                                   Want want, const Observer& observe) {
  if (ids.empty()) return Error(Code::kUsage, "there are no tokens");
  if (!types.empty() && types.size() != ids.size()) {
    return Error(Code::kUsage, "tokens and types differ in number");
  }
  HUG_TRY(check_input(m, sequence.n_token, ids, types));
  sequence.layers.resize(m.layers.size());
  const Pass p{m, team, ids.size(), sequence.n_token};
  Vector x = embed(p, ids, types);
  if (observe) observe(-1, x);
  for (std::size_t i = 0; i < m.layers.size(); ++i) {
    run_layer(p, i, sequence.layers[i], x);
    if (observe) observe(static_cast<int>(i), x);
  }
  sequence.n_token += ids.size();
  const std::size_t d = m.embeddings.n_in;
  if (m.output_norm || m.hparams.arch == "olmo") {
    x = apply(p, m.output_norm, x, d);
  }
  if (observe) observe(static_cast<int>(m.layers.size()), x);
  if (want == Want::kHidden) return x;
  const auto rows = want == Want::kLastLogits
                        ? std::span<const float>(x).last(d)
                        : std::span<const float>(x);
  return head(p, rows);
}

}  // namespace hug::arch
