#include "arch/weights.h"

#include <cmath>

#include "arch/encoder_decoder.h"
#include "arch/head.h"
#include "arch/hug_keys.h"
#include "arch/rope_table.h"
#include "arch/tensor_reader.h"

namespace hug::arch {

namespace {

class Loader : TensorReader {
 public:
  Loader(const TensorSet& set, Model& model)
      : TensorReader(set, model), m_(model) {}

  Result<void> load();

 private:
  Result<void> global();
  Result<void> layer(std::size_t i);
  Result<void> attention(Layer& l, const std::string& at, std::size_t i);
  Result<void> latent(Layer& l, const std::string& at, std::size_t i);
  Result<void> mlp(Layer& l, const std::string& at, std::size_t i);
  Result<void> experts(Layer& l, const std::string& at);
  Result<void> recurrent(Layer& l, const std::string& at);
  void place(Layer& l, std::size_t i) const;

  Model& m_;
};

Result<void> Loader::global() {
  const auto& h = m_.hparams;
  m_.embeddings = HUG_TRY(matrix("token_embd.weight", h.n_embd));
  if (m_.traits->learned_positions && has("position_embd.weight")) {
    m_.positions = HUG_TRY(matrix("position_embd.weight", h.n_embd));
  }
  if (has("token_types.weight")) {
    m_.token_types = HUG_TRY(matrix("token_types.weight", h.n_embd));
  }
  if (m_.traits->norm_is_embd_norm) {
    HUG_TRY(norm(m_.output_norm, "token_embd_norm", h.n_embd));
  } else {
    HUG_TRY(norm(m_.embd_norm, "token_embd_norm", h.n_embd));
    HUG_TRY(norm(m_.output_norm, "output_norm", h.n_embd));
  }
  HUG_TRY(linear(m_.output, "output", h.n_embd, m_.embeddings.n_out));
  if (!m_.output) m_.output.w = m_.embeddings;  // tied
  return {};
}

Result<void> Loader::latent(Layer& l, const std::string& at, std::size_t i) {
  const auto& h = m_.hparams;
  const std::uint64_t nope = h.key_length_mla - h.n_rot;
  if (h.n_head[i] == 0 || h.value_length_mla == 0 || h.n_rot == 0 ||
      h.key_length_mla <= h.n_rot || h.key_length != h.kv_lora_rank + h.n_rot) {
    return Error(Code::kCorrupt,
                 "the sizes of latent attention do not "
                 "belong together");
  }
  const std::uint64_t q_rows = h.n_head[i] * h.key_length_mla;
  HUG_TRY(linear(l.q, at + "attn_q", h.n_embd, q_rows));
  HUG_TRY(linear(l.q_a, at + "attn_q_a", h.n_embd, h.q_lora_rank));
  HUG_TRY(norm(l.q_a_norm, at + "attn_q_a_norm", h.q_lora_rank));
  HUG_TRY(linear(l.q_b, at + "attn_q_b", h.q_lora_rank, q_rows));
  HUG_TRY(linear(l.kv_a, at + "attn_kv_a_mqa", h.n_embd, h.key_length));
  HUG_TRY(norm(l.kv_a_norm, at + "attn_kv_a_norm", h.kv_lora_rank));
  HUG_TRY(linear(l.k_b, at + "attn_k_b", nope, h.kv_lora_rank * h.n_head[i]));
  HUG_TRY(linear(l.v_b, at + "attn_v_b", h.kv_lora_rank,
                 h.value_length_mla * h.n_head[i]));
  HUG_TRY(linear(l.o, at + "attn_output", h.n_head[i] * h.value_length_mla,
                 h.n_embd));
  const bool has_q = l.q_b ? l.q_a && l.q_a_norm : static_cast<bool>(l.q);
  if (!has_q || !l.kv_a || !l.kv_a_norm || !l.k_b || !l.v_b || !l.o) {
    return missing(at + "attn_*");
  }
  return {};
}

Result<void> Loader::attention(Layer& l, const std::string& at, std::size_t i) {
  const auto& h = m_.hparams;
  const std::uint64_t q = h.n_head[i] * h.key_length;
  const std::uint64_t k = h.n_head_kv[i] * h.key_length;
  const std::uint64_t v = h.n_head_kv[i] * h.value_length;
  if (q == 0 || k == 0 || v == 0) {
    return Error(Code::kCorrupt, "heads of no size, or none at all");
  }
  if (h.n_head[i] % h.n_head_kv[i] != 0) {
    return Error(Code::kCorrupt, "heads are no multiple of heads of keys");
  }
  HUG_TRY(linear(l.qkv, at + "attn_qkv", h.n_embd, q + k + v));
  HUG_TRY(linear(l.q, at + "attn_q", h.n_embd, q));
  HUG_TRY(linear(l.k, at + "attn_k", h.n_embd, k));
  HUG_TRY(linear(l.v, at + "attn_v", h.n_embd, v));
  HUG_TRY(
      linear(l.o, at + "attn_output", h.n_head[i] * h.value_length, h.n_embd));
  if (!l.o || (!l.qkv && (!l.q || !l.k || !l.v))) {
    return missing(at + "attn_*");
  }
  HUG_TRY(norm(l.q_norm, at + "attn_q_norm"));
  HUG_TRY(norm(l.k_norm, at + "attn_k_norm"));
  if (has(at + "attn_sinks.weight")) {
    l.sinks = HUG_TRY(vector(at + "attn_sinks.weight"));
  }
  const auto fits = [&](std::size_t size, std::uint64_t heads) {
    return size == 0 || size == h.key_length || size == heads * h.key_length;
  };
  if (!fits(l.q_norm.w.size(), h.n_head[i]) ||
      !fits(l.k_norm.w.size(), h.n_head_kv[i]) ||
      (!l.sinks.empty() && l.sinks.size() != h.n_head[i])) {
    return Error(Code::kCorrupt,
                 "a norm of " + at + "attn has another size than a head");
  }
  return {};
}

Result<void> Loader::experts(Layer& l, const std::string& at) {
  const auto& h = m_.hparams;
  const std::uint64_t ff = h.n_ff_expert != 0 ? h.n_ff_expert : h.n_ff[0];
  const std::uint64_t n = h.n_expert;
  if (n == 0 || ff == 0) {
    return Error(Code::kCorrupt, "experts of no size, or none at all");
  }
  HUG_TRY(linear(l.router, at + "ffn_gate_inp", h.n_embd, n));
  HUG_TRY(linear(l.gate_exps, at + "ffn_gate_exps", h.n_embd, ff * n));
  HUG_TRY(linear(l.up_exps, at + "ffn_up_exps", h.n_embd, ff * n));
  HUG_TRY(linear(l.down_exps, at + "ffn_down_exps", ff, h.n_embd * n));
  if (!l.router || !l.gate_exps || !l.up_exps || !l.down_exps) {
    return missing(at + "ffn_*_exps");
  }
  if (h.n_expert_used == 0 || h.n_expert_used > n) {
    return Error(Code::kCorrupt, "more experts used than there are");
  }
  if (has(at + "exp_probs_b.bias")) {
    l.expert_bias = HUG_TRY(vector(at + "exp_probs_b.bias"));
    if (l.expert_bias.size() != n) return missing(at + "exp_probs_b.bias");
  }
  const auto* shared = find(at + "ffn_up_shexp.weight");
  if (shared == nullptr) return {};
  const std::uint64_t shared_ff = shared->n_rows();
  HUG_TRY(linear(l.gate_shared, at + "ffn_gate_shexp", h.n_embd, shared_ff));
  HUG_TRY(linear(l.up_shared, at + "ffn_up_shexp", h.n_embd, shared_ff));
  HUG_TRY(linear(l.down_shared, at + "ffn_down_shexp", shared_ff, h.n_embd));
  HUG_TRY(linear(l.shared_router, at + "ffn_gate_inp_shexp", h.n_embd, 1));
  if (!l.gate_shared || !l.up_shared || !l.down_shared) {
    return missing(at + "ffn_*_shexp");
  }
  return {};
}

Result<void> Loader::mlp(Layer& l, const std::string& at, std::size_t i) {
  const auto& h = m_.hparams;
  if (has(at + "ffn_gate_inp.weight")) return experts(l, at);
  const std::uint64_t ff = h.n_ff[i];
  HUG_TRY(linear(l.gate, at + "ffn_gate", h.n_embd, ff));
  HUG_TRY(linear(l.up, at + "ffn_up", h.n_embd, 0));
  HUG_TRY(linear(l.down, at + "ffn_down", ff, h.n_embd));
  if (!l.up || !l.down) return missing(at + "ffn_*");
  // Without a gate of its own it may be the first half of "up".
  if (l.up.w.n_out != ff && (l.gate || l.up.w.n_out != 2 * ff)) {
    return Error(Code::kCorrupt,
                 "'" + at + "ffn_up' has another size than the keys say");
  }
  return {};
}

Result<void> Loader::recurrent(Layer& l, const std::string& at) {
  const auto& h = m_.hparams;
  if (l.kind == LayerKind::kShortConv) {
    HUG_TRY(linear(l.ssm_in, at + "shortconv.in_proj", h.n_embd, 3 * h.n_embd));
    HUG_TRY(linear(l.ssm_out, at + "shortconv.out_proj", h.n_embd, h.n_embd));
    l.conv = HUG_TRY(vector(at + "shortconv.conv.weight"));
    if (!l.ssm_in || !l.ssm_out || h.n_conv == 0 ||
        l.conv.size() != h.n_conv * h.n_embd) {
      return missing(at + "shortconv.*");
    }
    return {};
  }
  const std::uint64_t inner = h.ssm_inner;
  if (inner == 0 || h.ssm_state == 0 || h.ssm_dt_rank == 0) {
    return Error(Code::kCorrupt, "a recurrent layer of no size");
  }
  HUG_TRY(linear(l.ssm_in, at + "ssm_in", h.n_embd, 2 * inner));
  HUG_TRY(
      linear(l.ssm_x, at + "ssm_x", inner, h.ssm_dt_rank + 2 * h.ssm_state));
  HUG_TRY(linear(l.ssm_dt, at + "ssm_dt", h.ssm_dt_rank, inner));
  HUG_TRY(linear(l.ssm_out, at + "ssm_out", inner, h.n_embd));
  l.ssm_a = HUG_TRY(vector(at + "ssm_a"));
  l.ssm_d = HUG_TRY(vector(at + "ssm_d"));
  l.conv = HUG_TRY(vector(at + "ssm_conv1d.weight"));
  l.conv_bias = HUG_TRY(vector(at + "ssm_conv1d.bias"));
  if (!l.ssm_in || !l.ssm_x || !l.ssm_dt || !l.ssm_out || h.ssm_conv == 0 ||
      l.ssm_a.size() != inner * h.ssm_state || l.ssm_d.size() != inner ||
      l.conv.size() != inner * h.ssm_conv || l.conv_bias.size() != inner) {
    return missing(at + "ssm_*");
  }
  return {};
}

// Window, rope and kind of a layer: what hug wrote, else the keys, else the
// architecture's rule.
void Loader::place(Layer& l, std::size_t i) const {
  const auto& h = m_.hparams;
  const auto& t = *m_.traits;
  const auto& kv = metadata();
  if (t.other_layers != LayerKind::kAttention &&
      (h.n_head_kv[i] == 0 || h.n_head[i] == 0)) {
    l.kind = t.other_layers;
  }
  const auto own = kv.find_unsigned(kHugWindow);
  bool sliding = own.has_value();
  if (const auto flags = kv.find_array(kHugWindowLayers)) {
    const auto* bits = std::get_if<std::vector<bool>>(flags);
    sliding = bits != nullptr && i < bits->size() && (*bits)[i];
  } else if (!h.sliding_layers.empty()) {
    sliding = h.sliding_layers[i];
  } else if (!own) {
    sliding = t.window == WindowRule::kAll ||
              (t.window == WindowRule::kEveryOther && i % 2 == 0) ||
              (t.window == WindowRule::kFiveOfSix && i % 6 < 5);
  }
  const std::uint64_t window = own.value_or(h.sliding_window);
  if (sliding && window > 0) l.window = static_cast<std::size_t>(window);
  l.local_rope = sliding && window > 0 && !m_.rope_local.step.empty();
  l.rotates = t.rope_skip == 0 || (i + 1) % t.rope_skip != 0;
  if (t.rope_by_window && window > 0) l.rotates = sliding;
  if (const auto flags = kv.find_array(kHugRopeLayers)) {
    const auto* bits = std::get_if<std::vector<bool>>(flags);
    if (bits != nullptr && i < bits->size()) l.rotates = (*bits)[i];
  }
}

Result<void> Loader::layer(std::size_t i) {
  const auto& h = m_.hparams;
  const std::string at = "blk." + std::to_string(i) + ".";
  Layer l;
  place(l, i);
  HUG_TRY(norm(l.attn_norm, at + "attn_norm", h.n_embd));
  HUG_TRY(norm(l.attn_norm_2, at + "attn_norm_2", h.n_embd));
  const std::string post = at + "post_attention_norm";
  HUG_TRY(norm(
      m_.traits->post_attention_is_ffn_norm ? l.ffn_norm : l.post_attn_norm,
      post, h.n_embd));
  HUG_TRY(norm(l.ffn_norm, at + "ffn_norm", h.n_embd));
  HUG_TRY(norm(l.post_ffn_norm, at + "post_ffw_norm", h.n_embd));
  HUG_TRY(norm(l.attn_out_norm, at + "attn_output_norm", h.n_embd));
  HUG_TRY(norm(l.layer_out_norm, at + "layer_output_norm", h.n_embd));
  if (l.kind != LayerKind::kAttention) {
    HUG_TRY(recurrent(l, at));
  } else if (h.kv_lora_rank > 0 && !m_.traits->encoder) {
    HUG_TRY(latent(l, at, i));
  } else {
    HUG_TRY(attention(l, at, i));
  }
  if (l.kind != LayerKind::kMamba) HUG_TRY(mlp(l, at, i));
  l.parallel = m_.traits->parallel && h.parallel_residual;
  m_.layers.push_back(std::move(l));
  return {};
}

Result<void> Loader::load() {
  HUG_TRY(global());
  const auto read = [this](const char* name) -> Result<Vector> {
    if (!has(name)) return Vector();
    return vector(name);
  };
  RopeFactors factors;
  factors.plain = HUG_TRY(read("rope_freqs.weight"));
  factors.short_ = HUG_TRY(read("rope_factors_short.weight"));
  factors.long_ = HUG_TRY(read("rope_factors_long.weight"));
  const bool truncate = metadata().find_bool(kHugYarnTruncate).value_or(true);
  HUG_TRY(make_rope_tables(m_, factors, truncate));
  for (std::size_t i = 0; i < m_.hparams.n_layer; ++i)
    HUG_TRY(layer(i));
  return {};
}

// What the keys say about scales, and the activation hug wrote down.
void settle_scales(const format::GgufMetadata& keys, Model& m) {
  const auto& h = m.hparams;
  const auto head = static_cast<float>(
      h.key_length_mla > 0 ? h.key_length_mla
                           : std::max<std::uint64_t>(h.key_length, 1));
  m.attention_scale =
      h.attention_scale > 0 ? h.attention_scale : 1.0f / std::sqrt(head);
  if (h.logit_scale > 0) {
    m.logit_factor =
        m.traits->divide_logits ? 1.0f / h.logit_scale : h.logit_scale;
  }
  if (const auto f = keys.find_number(kHugLogitScale)) {
    m.logit_factor = static_cast<float>(*f);
  }
  m.activation = m.traits->activation;
  const auto named = keys.find_string(kHugActivation);
  if (named == "gelu") m.activation = nn::Activation::kGeluErf;
  if (named == "relu") m.activation = nn::Activation::kRelu;
  if (named == "silu") m.activation = nn::Activation::kSilu;
}

}  // namespace

Result<std::shared_ptr<const Model>> load_model(const TensorSet& set) {
  auto model = std::make_shared<Model>();
  const auto arch = set.metadata.find_string("general.architecture");
  const Traits* traits = arch ? find_traits(*arch) : nullptr;
  if (arch && traits == nullptr) {
    return Error(Code::kUnsupported,
                 "cannot run the architecture '" + std::string(*arch) + "'");
  }
  model->hparams = HUG_TRY(read_hparams(set.metadata));
  model->own_traits = *traits;
  if (set.rotates_halves) model->own_traits.rope = nn::RopePairs::kHalves;
  model->traits = &model->own_traits;
  model->store = set.store;
  settle_scales(set.metadata, *model);
  const TensorReader tensors(set, *model);
  if (traits->relative) {
    HUG_TRY(load_encoder_decoder(tensors, *model));
  } else {
    HUG_TRY(Loader(set, *model).load());
  }
  if (traits->encoder) HUG_TRY(load_head(tensors, *model));
  return std::shared_ptr<const Model>(std::move(model));
}

Result<std::shared_ptr<const Model>> load_model(const format::Gguf& gguf,
                                                ByteSourcePtr source) {
  format::GgufModel model;
  const std::string name = source->name();
  model.parts.push_back({name, std::move(source), gguf});
  nn::Team team(1);
  return load_model(HUG_TRY(read_tensors(model, team)));
}

}  // namespace hug::arch
