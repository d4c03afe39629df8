#include "arch/hparams.h"

#include <cmath>

#include "arch/key_reader.h"

namespace hug::arch {

namespace {

Result<void> read_sizes(const KeyReader& in, Hparams& out) {
  out.n_layer = in.count("block_count");
  out.n_ctx_train = in.count("context_length");
  out.n_embd = in.count("embedding_length");
  if (out.n_layer == 0 || out.n_embd == 0)
    return Error(Code::kCorrupt, "the file does not tell '" +
                                     in.whole("block_count") + "' or '" +
                                     in.whole("embedding_length") + "'");
  if (out.n_layer > kMaxLayers)
    return Error(Code::kLimit,
                 "the file claims " + std::to_string(out.n_layer) + " layers");
  out.n_head = HUG_TRY(in.per_layer("attention.head_count", out.n_layer, 0));
  out.n_head_kv = HUG_TRY(
      in.per_layer("attention.head_count_kv", out.n_layer, out.n_head[0]));
  out.n_ff = HUG_TRY(in.per_layer("feed_forward_length", out.n_layer, 0));
  const std::uint64_t head_dim =
      out.n_head[0] != 0 ? out.n_embd / out.n_head[0] : 0;
  out.key_length = in.count("attention.key_length", head_dim);
  out.value_length = in.count("attention.value_length", head_dim);
  out.key_length_mla = in.count("attention.key_length_mla");
  out.value_length_mla = in.count("attention.value_length_mla");
  out.q_lora_rank = in.count("attention.q_lora_rank");
  out.kv_lora_rank = in.count("attention.kv_lora_rank");
  return {};
}

void read_rope(const KeyReader& in, Hparams& out) {
  out.n_rot = in.count("rope.dimension_count", out.key_length);
  out.rope_base = in.number("rope.freq_base", 10000.0F);
  out.rope_base_swa = in.number("rope.freq_base_swa", 10000.0F);
  out.rope_factor =
      in.number("rope.scaling.factor", in.number("rope.scale_linear", 1.0F));
  const std::string type = in.text("rope.scaling.type");
  if (type == "yarn") out.rope_scaling = RopeScaling::kYarn;
  if (type == "longrope") out.rope_scaling = RopeScaling::kLongrope;
  if (type == "linear" || (type.empty() && out.rope_factor != 1.0F))
    out.rope_scaling = RopeScaling::kLinear;
  out.rope_original_ctx =
      in.count("rope.scaling.original_context_length", out.n_ctx_train);
  out.rope_attn_factor = in.number("rope.scaling.attn_factor", 1.0F);
  out.yarn_ext_factor = in.number("rope.scaling.yarn_ext_factor", -1.0F);
  out.yarn_attn_factor = in.number("rope.scaling.yarn_attn_factor");
  out.yarn_beta_fast = in.number("rope.scaling.yarn_beta_fast", 32.0F);
  out.yarn_beta_slow = in.number("rope.scaling.yarn_beta_slow", 1.0F);
  out.yarn_log_multiplier = in.number("rope.scaling.yarn_log_multiplier");
}

void read_experts(const KeyReader& in, Hparams& out) {
  out.n_expert = in.count("expert_count");
  out.n_expert_used = in.count("expert_used_count");
  out.n_expert_shared = in.count("expert_shared_count");
  out.n_expert_group = in.count("expert_group_count");
  out.n_expert_group_used = in.count("expert_group_used_count");
  out.n_ff_expert = in.count("expert_feed_forward_length");
  out.n_ff_shared = in.count("expert_shared_feed_forward_length");
  out.n_dense_lead = in.count("leading_dense_block_count");
  out.expert_gating = in.count("expert_gating_func");
  out.expert_weights_scale = in.number("expert_weights_scale");
  out.expert_weights_norm = in.flag("expert_weights_norm", false);
}

void read_rest(const KeyReader& in, Hparams& out) {
  out.norm_eps = in.number("attention.layer_norm_epsilon");
  out.rms_norm_eps = in.number("attention.layer_norm_rms_epsilon");
  out.causal = in.flag("attention.causal", true);
  out.parallel_residual = in.flag("use_parallel_residual", true);
  const std::uint64_t pooling = in.count("pooling_type");
  if (pooling <= 4) out.pooling = static_cast<Pooling>(pooling);
  out.sliding_window = in.count("attention.sliding_window");
  out.logit_scale = in.number("logit_scale");
  out.embedding_scale = in.number("embedding_scale");
  out.residual_scale = in.number("residual_scale");
  out.attention_scale = in.number("attention.scale");
  out.attn_softcap = in.number("attn_logit_softcapping");
  out.final_softcap = in.number("final_logit_softcapping");
  out.clamp_kqv = in.number("attention.clamp_kqv");
  out.n_conv = in.count("shortconv.l_cache");
  out.ssm_conv = in.count("ssm.conv_kernel");
  out.ssm_inner = in.count("ssm.inner_size");
  out.ssm_state = in.count("ssm.state_size");
  out.ssm_dt_rank = in.count("ssm.time_step_rank");
  out.n_rel_buckets = in.count("attention.relative_buckets_count");
  out.n_decoder_layer = in.count("decoder_block_count", out.n_layer);
  out.decoder_start_token = in.count("decoder_start_token_id");
}

// Sizes beyond these are lies, and products of three of them still fit.
Result<void> check_sizes(const Hparams& h) {
  constexpr std::uint64_t kMaxWidth = 1 << 24;
  constexpr std::uint64_t kMaxCount = 1 << 16;
  const auto bound = [](std::uint64_t value, std::uint64_t most,
                        std::string_view what) -> Result<void> {
    if (value <= most) return {};
    return Error(Code::kLimit, "the file claims " + std::string(what) + " of " +
                                   std::to_string(value));
  };
  for (const std::uint64_t width : {h.n_embd, h.q_lora_rank, h.kv_lora_rank,
                                    h.n_ff_expert, h.n_ff_shared, h.ssm_inner})
    HUG_TRY(bound(width, kMaxWidth, "a width"));
  for (const std::uint64_t count :
       {h.key_length, h.value_length, h.key_length_mla, h.value_length_mla,
        h.n_rot, h.n_expert, h.n_expert_used, h.n_expert_group,
        h.n_expert_group_used, h.n_conv, h.ssm_conv, h.ssm_state, h.ssm_dt_rank,
        h.n_rel_buckets})
    HUG_TRY(bound(count, kMaxCount, "a size"));
  HUG_TRY(bound(h.n_decoder_layer, kMaxLayers, "a number of decoder layers"));
  for (std::size_t i = 0; i < h.n_layer; ++i) {
    HUG_TRY(bound(h.n_head[i], kMaxCount, "a number of heads"));
    HUG_TRY(bound(h.n_head_kv[i], kMaxCount, "a number of heads"));
    HUG_TRY(bound(h.n_ff[i], kMaxWidth, "a width"));
  }
  for (const std::uint64_t head : {h.key_length, h.key_length_mla}) {
    if (h.n_rot <= head || head == 0) continue;
    return Error(Code::kCorrupt, "the file rotates " + std::to_string(h.n_rot) +
                                     " dimensions of heads of " +
                                     std::to_string(head));
  }
  return {};
}

}  // namespace

Result<Hparams> read_hparams(const format::GgufMetadata& metadata) {
  Hparams out;
  out.arch =
      std::string(metadata.find_string("general.architecture").value_or(""));
  if (out.arch.empty())
    return Error(Code::kCorrupt, "the file does not tell its architecture");
  const KeyReader in(metadata, out.arch);
  HUG_TRY(read_sizes(in, out));
  read_rope(in, out);
  read_experts(in, out);
  read_rest(in, out);
  out.n_vocab = in.count("vocab_size");
  if (out.n_vocab == 0)
    if (const auto* tokens = metadata.find_strings("tokenizer.ggml.tokens"))
      out.n_vocab = tokens->size();
  out.sliding_layers = in.flags("attention.sliding_window_pattern");
  if (!out.sliding_layers.empty() && out.sliding_layers.size() < out.n_layer)
    return Error(Code::kCorrupt,
                 "'" + in.whole("attention.sliding_window_pattern") + "' has " +
                     std::to_string(out.sliding_layers.size()) +
                     " values for " + std::to_string(out.n_layer) + " layers");
  HUG_TRY(check_sizes(out));
  return out;
}

}  // namespace hug::arch
