#include "arch/encoder_decoder.h"

#include <algorithm>
#include <new>
#include <string>

#include "arch/hug_keys.h"
#include "arch/pass.h"

namespace hug::arch {

namespace {

// Every head has a table of all distances.
constexpr std::uint64_t kMostDistance = 1 << 16;

class StackLoader {
 public:
  StackLoader(const TensorReader& tensors, Model& model)
      : in_(tensors), m_(model), h_(model.hparams) {}

  Result<void> encoder();
  Result<void> decoder();

 private:
  Result<void> layer(Layer& l, const std::string& at);
  Result<void> cross(DecoderLayer& l, const std::string& at);
  Result<void> check_sizes();
  Result<void> settle_activation(const Layer& l);

  const TensorReader& in_;
  Model& m_;
  const Hparams& h_;
};

Result<void> StackLoader::layer(Layer& l, const std::string& at) {
  const std::uint64_t q = h_.n_head[0] * h_.key_length;
  const std::uint64_t v = h_.n_head[0] * h_.value_length;
  HUG_TRY(in_.norm(l.attn_norm, at + "attn_norm", h_.n_embd));
  HUG_TRY(in_.linear(l.q, at + "attn_q", h_.n_embd, q));
  HUG_TRY(in_.linear(l.k, at + "attn_k", h_.n_embd, q));
  HUG_TRY(in_.linear(l.v, at + "attn_v", h_.n_embd, v));
  HUG_TRY(in_.linear(l.o, at + "attn_o", v, h_.n_embd));
  HUG_TRY(in_.norm(l.ffn_norm, at + "ffn_norm", h_.n_embd));
  HUG_TRY(in_.linear(l.gate, at + "ffn_gate", h_.n_embd, h_.n_ff[0]));
  HUG_TRY(in_.linear(l.up, at + "ffn_up", h_.n_embd, h_.n_ff[0]));
  HUG_TRY(in_.linear(l.down, at + "ffn_down", h_.n_ff[0], h_.n_embd));
  if (!l.attn_norm || !l.q || !l.k || !l.v || !l.o || !l.ffn_norm || !l.up ||
      !l.down)
    return in_.missing(at + "*");
  if (in_.has(at + "attn_rel_b.weight")) {
    l.relative_bias = HUG_TRY(in_.vector(at + "attn_rel_b.weight"));
    if (l.relative_bias.size() != h_.n_rel_buckets * h_.n_head[0])
      return Error(Code::kCorrupt, "'" + at +
                                       "attn_rel_b.weight' has another size "
                                       "than the keys say");
  }
  l.rotates = false;
  return {};
}

Result<void> StackLoader::cross(DecoderLayer& l, const std::string& at) {
  const std::uint64_t q = h_.n_head[0] * h_.key_length;
  const std::uint64_t v = h_.n_head[0] * h_.value_length;
  HUG_TRY(in_.norm(l.cross_norm, at + "cross_attn_norm", h_.n_embd));
  HUG_TRY(in_.linear(l.cross_q, at + "cross_attn_q", h_.n_embd, q));
  HUG_TRY(in_.linear(l.cross_k, at + "cross_attn_k", h_.n_embd, q));
  HUG_TRY(in_.linear(l.cross_v, at + "cross_attn_v", h_.n_embd, v));
  HUG_TRY(in_.linear(l.cross_o, at + "cross_attn_o", v, h_.n_embd));
  if (!l.cross_norm || !l.cross_q || !l.cross_k || !l.cross_v || !l.cross_o)
    return in_.missing(at + "cross_attn_*");
  return {};
}

// Gated stacks use GELU and plain ones ReLU, unless the file says more.
Result<void> StackLoader::settle_activation(const Layer& l) {
  m_.activation = l.gate ? nn::Activation::kGeluTanh : nn::Activation::kRelu;
  const auto named = in_.metadata().find_string(kHugActivation);
  if (!named) return {};
  const std::string name(named->starts_with("gated-") ? named->substr(6)
                                                      : *named);
  if (name == "relu") {
    m_.activation = nn::Activation::kRelu;
  } else if (name == "silu" || name == "swish") {
    m_.activation = nn::Activation::kSilu;
  } else if (name == "gelu_new" || (name == "gelu" && l.gate)) {
    m_.activation = nn::Activation::kGeluTanh;
  } else if (name == "gelu") {
    m_.activation = nn::Activation::kGeluErf;
  } else {
    return Error(Code::kUnsupported, "unknown activation '" + name + "'");
  }
  return {};
}

// All layers are alike: as many heads of keys as of queries, and as wide.
Result<void> StackLoader::check_sizes() {
  const auto differs = [](const std::vector<std::uint64_t>& values,
                          std::uint64_t from) {
    return std::any_of(values.begin(), values.end(),
                       [=](std::uint64_t value) { return value != from; });
  };
  if (differs(h_.n_head, h_.n_head[0]) || differs(h_.n_head_kv, h_.n_head[0]) ||
      differs(h_.n_ff, h_.n_ff[0]))
    return Error(Code::kCorrupt, "the layers of " + h_.arch + " are not alike");
  if (h_.n_head[0] == 0 || h_.key_length == 0 || h_.value_length == 0 ||
      h_.n_rel_buckets < 4)
    return Error(Code::kCorrupt, "no heads, or too few buckets of distances");
  m_.max_distance = in_.metadata().find_unsigned(kHugMaxDistance).value_or(128);
  if (m_.max_distance < h_.n_rel_buckets)
    return Error(Code::kCorrupt, "fewer distances than buckets of them");
  if (m_.max_distance > kMostDistance)
    return Error(Code::kLimit, "the file claims distances up to " +
                                   std::to_string(m_.max_distance));
  return {};
}

Result<void> StackLoader::encoder() {
  HUG_TRY(check_sizes());
  m_.embeddings = HUG_TRY(in_.matrix("token_embd.weight", h_.n_embd));
  m_.attention_scale = 1;
  m_.layers.resize(h_.n_layer);
  for (std::size_t i = 0; i < m_.layers.size(); ++i)
    HUG_TRY(layer(m_.layers[i], "enc.blk." + std::to_string(i) + "."));
  if (m_.layers[0].relative_bias.empty())
    return in_.missing("enc.blk.0.attn_rel_b.weight");
  HUG_TRY(in_.norm(m_.output_norm, "enc.output_norm", h_.n_embd));
  return settle_activation(m_.layers[0]);
}

Result<void> StackLoader::decoder() {
  auto stack = std::make_shared<DecoderStack>();
  if (h_.n_decoder_layer == 0 || h_.n_decoder_layer > kMaxLayers)
    return Error(Code::kLimit, "the file claims " +
                                   std::to_string(h_.n_decoder_layer) +
                                   " layers of a decoder");
  stack->layers.resize(h_.n_decoder_layer);
  for (std::size_t i = 0; i < stack->layers.size(); ++i) {
    const std::string at = "dec.blk." + std::to_string(i) + ".";
    HUG_TRY(layer(stack->layers[i].self, at));
    HUG_TRY(cross(stack->layers[i], at));
  }
  if (stack->layers[0].self.relative_bias.empty())
    return in_.missing("dec.blk.0.attn_rel_b.weight");
  HUG_TRY(in_.norm(stack->output_norm, "dec.output_norm", h_.n_embd));
  if (!stack->output_norm) return in_.missing("dec.output_norm.weight");
  HUG_TRY(in_.linear(m_.output, "output", h_.n_embd, m_.embeddings.n_out));
  if (!m_.output) m_.output.w = m_.embeddings;  // tied
  m_.decoder = std::move(stack);
  return {};
}

nn::AttentionJob job_of(const Pass& p, const nn::KvCache& cache, Rows q) {
  const auto& h = p.m.hparams;
  nn::AttentionJob job;
  job.q = q;
  job.cache = &cache;
  job.n_query = p.n;
  job.n_head = h.n_head[0];
  job.first = p.first;
  job.scale = p.m.attention_scale;
  job.out = p.take(p.n * h.n_head[0] * h.value_length);
  return job;
}

Rows self_attention(const Pass& p, const Layer& l, nn::KvCache& cache,
                    ConstRows x) {
  const auto& h = p.m.hparams;
  const Qkv qkv = project(p, l, h.n_head[0], h.n_head[0], x);
  cache.append(p.team, p.n, qkv.k, qkv.v);
  nn::AttentionJob job = job_of(p, cache, qkv.q);
  job.bias = relative_bias(p.m, {&p.m.decoder->layers[0].self, 1}, l, false);
  nn::attend(p.team, p.work, job);
  return apply(p, l.o, job.out);
}

Rows cross_attention(const Pass& p, const DecoderLayer& l,
                     const nn::KvCache& cache, ConstRows x) {
  nn::AttentionJob job = job_of(p, cache, apply(p, l.cross_q, x));
  job.causal = false;
  nn::attend(p.team, p.work, job);
  return apply(p, l.cross_o, job.out);
}

Error out_of_memory() {
  return Error(Code::kLimit, "there is no memory left for the decoder");
}

}  // namespace

nn::RelativeBias relative_bias(const Model& m, std::span<const Layer> stack,
                               const Layer& layer, bool both_ways) {
  if (!m.traits->relative) return {};
  nn::RelativeBias out;
  out.table = layer.relative_bias.empty() ? stack[0].relative_bias
                                          : layer.relative_bias;
  out.n_bucket = m.hparams.n_rel_buckets;
  out.max_distance = m.max_distance;
  out.both_ways = both_ways;
  return out;
}

Result<void> load_encoder_decoder(const TensorReader& tensors, Model& model) {
  StackLoader loader(tensors, model);
  HUG_TRY(loader.encoder());
  if (model.hparams.arch == "t5encoder") return {};
  return loader.decoder();
}

Result<DecoderState> DecoderState::begin(const Model& m, nn::Team& team,
                                         nn::Workspace& work,
                                         std::span<const float> encoded) {
  if (m.decoder == nullptr)
    return Error(Code::kUsage,
                 "the model '" + m.hparams.arch + "' has no decoder");
  if (encoded.empty()) return Error(Code::kUsage, "there is no text to decode");
  const auto& h = m.hparams;
  const std::size_t n = encoded.size() / m.embeddings.n_in;
  const Pass p{m, team, work, n};
  const nn::KvShape shape{h.n_head[0], h.key_length, h.value_length};
  DecoderState out(m, work);
  try {
    for (const DecoderLayer& l : m.decoder->layers) {
      HUG_TRY(team.check_stop());
      const nn::Workspace::Scope scope(work);
      out.self_.emplace_back(shape, nn::CacheType::kF32, 0, out.arena_);
      out.cross_.emplace_back(shape, nn::CacheType::kF32, 0, out.arena_);
      HUG_TRY(out.cross_.back().prepare(n));
      Map maps[] = {{l.cross_k}, {l.cross_v}};
      apply(p, maps, encoded);
      out.cross_.back().append(team, n, maps[0].y, maps[1].y);
    }
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
  return out;
}

bool DecoderState::truncate(std::size_t n) {
  if (n > n_token_) return false;
  for (nn::KvCache& cache : self_)
    cache.truncate(n);
  n_token_ = n;
  return true;
}

Result<Vector> DecoderState::run(nn::Team& team,
                                 std::span<const std::int32_t> ids, Want want) {
  const Model& m = *model_;
  const std::size_t d = m.embeddings.n_in;
  const nn::Workspace::Scope outer(*work_);
  const Pass p{m, team, *work_, ids.size(), n_token_};
  for (nn::KvCache& cache : self_)
    HUG_TRY(cache.prepare(ids.size()));
  Vector x(ids.size() * d);
  for (std::size_t t = 0; t < ids.size(); ++t)
    nn::decode_row(m.embeddings, static_cast<std::size_t>(ids[t]),
                   Rows(x).subspan(t * d, d));
  for (std::size_t i = 0; i < self_.size(); ++i) {
    if (auto go_on = team.check_stop(); !go_on) {
      truncate(n_token_);
      return std::move(go_on).error();
    }
    const nn::Workspace::Scope scope(*work_);
    const DecoderLayer& l = m.decoder->layers[i];
    add(p, x,
        self_attention(p, l.self, self_[i], apply(p, l.self.attn_norm, x, d)));
    add(p, x, cross_attention(p, l, cross_[i], apply(p, l.cross_norm, x, d)));
    add(p, x, mlp(p, l.self, apply(p, l.self.ffn_norm, x, d)));
  }
  n_token_ += ids.size();
  if (want == Want::kLastLogits)
    x.erase(x.begin(), x.end() - static_cast<std::ptrdiff_t>(d));
  apply_in_place(p, m.decoder->output_norm, x, d);
  if (want == Want::kHidden) return x;
  for (float& v : x)
    v *= m.logit_factor;
  const Rows logits = apply(p, m.output, x);
  return Vector(logits.begin(), logits.end());
}

Result<Vector> DecoderState::decode(nn::Team& team,
                                    std::span<const std::int32_t> ids,
                                    Want want) {
  if (ids.empty()) return Error(Code::kUsage, "there are no tokens");
  for (const std::int32_t id : ids) {
    if (id < 0 || static_cast<std::size_t>(id) >= model_->embeddings.n_out)
      return Error(Code::kUsage,
                   "the model has no token " + std::to_string(id));
  }
  try {
    return run(team, ids, want);
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

}  // namespace hug::arch
