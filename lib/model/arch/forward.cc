#include "arch/forward.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>

#include "arch/pass.h"

namespace hug::arch {

void apply(const Pass& p, std::span<Map> maps, ConstRows x) {
  std::array<nn::Product, 4> products;
  for (std::size_t i = 0; i < maps.size(); ++i) {
    Map& map = maps[i];
    const Linear& l = map.linear;
    const std::size_t count = map.count == 0 ? l.w.n_out : map.count;
    map.y = p.take(x.size() / l.w.n_in * count);
    products[i].w = l.w.rows(map.begin, count);
    if (!l.b.empty()) {
      products[i].bias = std::span(l.b).subspan(map.begin, count);
    }
    products[i].y = map.y;
  }
  nn::matmul(p.team, x, std::span(products).first(maps.size()));
}

Rows apply(const Pass& p, const Linear& l, ConstRows x) {
  Map map{l};
  apply(p, {&map, 1}, x);
  return map.y;
}

namespace {

void norm_into(const Pass& p, const Norm& norm, ConstRows x, std::size_t width,
               Rows y) {
  nn::NormWeights weights;
  weights.centred = p.m.traits->norm == NormKind::kLayer;
  weights.eps =
      weights.centred ? p.m.hparams.norm_eps : p.m.hparams.rms_norm_eps;
  weights.w = norm.w;
  weights.b = norm.b;
  nn::norm_rows(p.team, weights, x, width, y);
}

}  // namespace

Rows apply(const Pass& p, const Norm& norm, ConstRows x, std::size_t width) {
  const Rows y = p.take(x.size());
  norm_into(p, norm, x, width, y);
  return y;
}

void apply_in_place(const Pass& p, const Norm& norm, Rows x,
                    std::size_t width) {
  norm_into(p, norm, x, width, x);
}

void add(const Pass& p, Rows x, ConstRows y, float factor) {
  nn::add(p.team, x, y, factor);
}

namespace {

void embed(const Pass& p, std::span<const std::int32_t> ids, Rows x) {
  const std::size_t d = p.m.embeddings.n_in;
  const auto& h = p.m.hparams;
  const float scale = p.m.traits->embed_scale
                          ? std::sqrt(static_cast<float>(h.n_embd))
                      : h.embedding_scale > 0 ? h.embedding_scale
                                              : 1.0f;
  p.team.run(p.n, 4, [&](unsigned rank, std::size_t begin, std::size_t end) {
    const auto memory = p.team.scratch(rank, d * sizeof(float));
    const Rows other(reinterpret_cast<float*>(memory.data()), d);
    for (std::size_t t = begin; t < end; ++t) {
      const Rows out = x.subspan(t * d, d);
      nn::decode_row(p.m.embeddings, static_cast<std::size_t>(ids[t]), out);
      for (float& v : out)
        v *= scale;
      if (p.m.positions.empty()) continue;
      nn::decode_row(p.m.positions, p.first + t, other);
      for (std::size_t i = 0; i < d; ++i)
        out[i] += other[i];
    }
  });
  if (p.m.embd_norm) apply_in_place(p, p.m.embd_norm, x, d);
}

Rows mix(const Pass& p, const Layer& l, std::size_t i, LayerState& state,
         ConstRows x) {
  if (l.kind == LayerKind::kMamba) return mamba(p, l, state, x);
  if (l.kind == LayerKind::kShortConv) return short_conv(p, l, state, x);
  if (l.kv_a) return latent_attention(p, l, i, state, x);
  return attention(p, l, i, state, x);
}

// OLMo's norms have no weights, and so no tensors.
bool bare_norms(const Pass& p) {
  return p.m.hparams.arch == "olmo";
}

// A norm that may be absent: then the rows themselves.
ConstRows normed(const Pass& p, const Norm& norm, ConstRows x) {
  if (!norm && !bare_norms(p)) return x;
  return apply(p, norm, x, p.m.embeddings.n_in);
}

// Whether attention and MLP read the same input.
bool is_parallel(const Pass& p, const Layer& l) {
  return l.parallel ||
         (!l.ffn_norm && l.attn_norm && !bare_norms(p) && !l.post_ffn_norm);
}

void run_parallel_layer(const Pass& p, const Layer& l, ConstRows in,
                        ConstRows mixed, Rows x) {
  const auto& h = p.m.hparams;
  const std::size_t d = p.m.embeddings.n_in;
  const float residual = h.residual_scale > 0 ? h.residual_scale : 1.0f;
  // The MLP reads what attention read, or the input by its own norm.
  const ConstRows own = l.ffn_norm ? ConstRows(apply(p, l.ffn_norm, x, d))
                                   : in.subspan(p.wanted * d);
  const ConstRows out = mlp(p, l, own);
  add(p, x, mixed, residual);
  add(p, x, out, residual);
}

// Gives the rows from p.wanted on.
Rows run_layer(const Pass& p, std::size_t i, LayerState& state, Rows all) {
  const Layer& l = p.m.layers[i];
  const std::size_t d = p.m.embeddings.n_in;
  const auto& h = p.m.hparams;
  const float residual = h.residual_scale > 0 ? h.residual_scale : 1.0f;
  const Rows x = all.subspan(p.wanted * d);
  {
    const nn::Workspace::Scope scope(p.work);
    const ConstRows in = normed(p, l.attn_norm, all);
    const Rows mixed =
        mix(p, l, i, state,
            l.attn_norm_2 ? ConstRows(apply(p, l.attn_norm_2, all, d)) : in);
    if (l.post_attn_norm) apply_in_place(p, l.post_attn_norm, mixed, d);
    if (l.kind != LayerKind::kMamba && is_parallel(p, l)) {
      run_parallel_layer(p, l, in, mixed, x);
      return x;
    }
    add(p, x, mixed, l.kind == LayerKind::kMamba ? 1.0f : residual);
    if (l.kind == LayerKind::kMamba) return x;
  }
  const nn::Workspace::Scope scope(p.work);
  const Rows out = mlp(p, l, normed(p, l.ffn_norm, x));
  if (l.post_ffn_norm) apply_in_place(p, l.post_ffn_norm, out, d);
  add(p, x, out, residual);
  return x;
}

void head(const Pass& p, Rows x, Rows logits) {
  if (p.m.logit_factor != 1.0f) {
    for (float& v : x)
      v *= p.m.logit_factor;
  }
  const nn::Product product{p.m.output.w, p.m.output.b, logits};
  nn::matmul(p.team, x, {&product, 1});
  const float cap = p.m.hparams.final_softcap;
  if (cap > 0) nn::softcap(p.team, logits, cap);
}

Result<void> check_input(const Model& m, std::size_t first,
                         std::span<const std::int32_t> ids) {
  // They have a pass of their own.
  if (m.traits->encoder)
    return Error(Code::kUsage, "the model '" + m.hparams.arch +
                                   "' does not continue a sequence");
  if (ids.empty()) return Error(Code::kUsage, "there are no tokens");
  for (const std::int32_t id : ids) {
    if (id < 0 || static_cast<std::size_t>(id) >= m.embeddings.n_out) {
      return Error(Code::kUsage, "token " + std::to_string(id) +
                                     " is not in the vocabulary of " +
                                     std::to_string(m.embeddings.n_out));
    }
  }
  if (!m.positions.empty() && first + ids.size() > m.positions.n_out) {
    return Error(Code::kUsage, "the text is longer than the " +
                                   std::to_string(m.positions.n_out) +
                                   " positions of the model");
  }
  return {};
}

Result<void> prepare_states(Sequence& sequence, std::size_t n) {
  for (std::size_t i = 0; i < sequence.model().layers.size(); ++i) {
    nn::KvCache& kv = sequence.layer(i).kv;
    if (kv.layout().page_size > 0) HUG_TRY(kv.prepare(n));
  }
  return {};
}

// The angles for a sequence of `n_token` tokens in all.
void make_turns(Pass& p, std::size_t n_token) {
  const Model& m = p.m;
  const bool far =
      !m.rope_long.step.empty() && n_token > m.hparams.rope_original_ctx;
  p.turns = nn::make_turns(p.team, p.work, far ? m.rope_long : m.rope,
                           m.traits->rope, p.first, p.n);
  if (m.rope_local.step.empty()) return;
  p.turns_local = nn::make_turns(p.team, p.work, m.rope_local, m.traits->rope,
                                 p.first, p.n);
}

// What one chunk does; `out` receives what is wanted of it.
struct ChunkJob {
  std::span<const std::int32_t> ids;
  std::size_t n_token = 0;  // of the sequence, once all chunks are in
  Want want = Want::kLastLogits;
  bool is_last = true;
  const Observer* observe = nullptr;
  Rows out = {};
};

Result<void> run_chunk(nn::Team& team, Sequence& sequence,
                       const ChunkJob& job) {
  const Model& m = sequence.model();
  Pass p{m, team, sequence.workspace(), job.ids.size(), sequence.n_token()};
  const nn::Workspace::Scope scope(p.work);
  const std::size_t d = m.embeddings.n_in;
  const std::size_t n_layer = m.layers.size();
  make_turns(p, job.n_token);
  Rows x = p.take(p.n * d);
  embed(p, job.ids, x);
  const Observer& observe = *job.observe;
  if (observe) observe(-1, x);
  // Rows nobody asks for end where the last layer has read them.
  const bool cuts = job.want == Want::kLastLogits && !observe;
  for (std::size_t i = 0; i < n_layer; ++i) {
    HUG_TRY(team.check_stop());
    if (cuts && i + 1 == n_layer) p.wanted = p.n - 1;
    x = run_layer(p, i, sequence.layer(i), x);
    if (observe) observe(static_cast<int>(i), x);
  }
  sequence.advance(p.n);
  if (job.want == Want::kLastLogits && !job.is_last) return {};
  if (job.want == Want::kLastLogits && !observe) x = x.last(d);
  if (m.output_norm || bare_norms(p)) apply_in_place(p, m.output_norm, x, d);
  if (observe) observe(static_cast<int>(n_layer), x);
  if (job.want == Want::kHidden) {
    std::copy(x.begin(), x.end(), job.out.begin());
  } else {
    head(p, job.want == Want::kLastLogits ? x.last(d) : x, job.out);
  }
  return {};
}

Result<std::span<const float>> run_chunks(nn::Team& team, Sequence& sequence,
                                          std::span<const std::int32_t> ids,
                                          Want want,
                                          const ForwardOptions& options) {
  const Model& m = sequence.model();
  const bool whole = options.observe || !m.hparams.causal;
  const std::size_t chunk =
      whole ? ids.size() : std::max<std::size_t>(options.chunk, 1);
  const std::size_t width =
      want == Want::kHidden ? m.embeddings.n_in : m.output.w.n_out;
  const std::size_t rows = want == Want::kLastLogits ? 1 : ids.size();
  const Rows out = sequence.workspace().take(rows * width);
  ChunkJob job;
  job.n_token = sequence.n_token() + ids.size();
  job.want = want;
  job.observe = &options.observe;
  for (std::size_t at = 0; at < ids.size(); at += chunk) {
    const std::size_t n = std::min(chunk, ids.size() - at);
    job.ids = ids.subspan(at, n);
    job.is_last = at + n == ids.size();
    job.out = rows == 1 ? out : out.subspan(at * width, n * width);
    HUG_TRY(prepare_states(sequence, n));
    HUG_TRY(run_chunk(team, sequence, job));
  }
  return std::span<const float>(out);
}

}  // namespace

Result<std::span<const float>> forward(nn::Team& team, Sequence& sequence,
                                       std::span<const std::int32_t> ids,
                                       Want want,
                                       const ForwardOptions& options) {
  const std::size_t before = sequence.n_token();
  HUG_TRY(check_input(sequence.model(), before, ids));
  sequence.workspace().clear();
  Result<std::span<const float>> out = std::span<const float>();
  try {
    out = run_chunks(team, sequence, ids, want, options);
  } catch (const std::bad_alloc&) {
    out = Error(Code::kLimit, "no memory is left to compute in")
              .hint("shorten the context or give fewer tokens at once");
  }
  if (!out && !sequence.truncate(before)) sequence.truncate(0);
  return out;
}

}  // namespace hug::arch
