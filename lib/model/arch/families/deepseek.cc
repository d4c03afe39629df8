// DeepSeek V2 and V3: latent attention. kv_b is split into its key part, which
// is transposed, and its value part, so that inference sees one shared head.
#include "arch/common_rules.h"
#include "arch/families.h"

namespace hug::arch {

namespace {

constexpr TensorRule kOwn[] = {
    {"blk.#.attn_q_a", "model.layers.#.self_attn.q_a_proj"},
    {"blk.#.attn_q_b", "model.layers.#.self_attn.q_b_proj"},
    {"blk.#.attn_q_a_norm", "model.layers.#.self_attn.q_a_layernorm"},
    {"blk.#.attn_kv_a_mqa", "model.layers.#.self_attn.kv_a_proj_with_mqa"},
    {"blk.#.attn_kv_a_norm", "model.layers.#.self_attn.kv_a_layernorm"},
    {"blk.#.attn_k_b", "model.layers.#.self_attn.kv_b_proj", Op::kKeyOfKvB},
    {"blk.#.attn_v_b", "model.layers.#.self_attn.kv_b_proj", Op::kValueOfKvB},
    {"blk.#.exp_probs_b", "model.layers.#.mlp.gate.e_score_correction"},
    {"blk.#.ffn_gate_shexp", "model.layers.#.mlp.shared_experts.gate_proj"},
    {"blk.#.ffn_up_shexp", "model.layers.#.mlp.shared_experts.up_proj"},
    {"blk.#.ffn_down_shexp", "model.layers.#.mlp.shared_experts.down_proj"},
};
constexpr std::span<const TensorRule> kRules[] = {
    kOwn,           kModelRules, kLayerNormRules, kAttentionRules,
    kGatedMlpRules, kExpertRules};
constexpr std::string_view kV2Classes[] = {"DeepseekV2ForCausalLM"};
constexpr std::string_view kV3Classes[] = {"DeepseekV3ForCausalLM"};

void prepare(Config& config) {
  if (!config.has("num_key_value_heads"))
    if (const auto n = config.find_unsigned({"num_attention_heads"}))
      config.set_unsigned("num_key_value_heads", *n);
  if (const auto dim = config.find_unsigned({"qk_rope_head_dim"}))
    config.set_unsigned("head_dim", *dim);
}

Result<void> attention_keys(const Config& config, KeyWriter& out) {
  const auto rope = HUG_TRY(config.need_unsigned({"qk_rope_head_dim"}));
  const auto nope = HUG_TRY(config.need_unsigned({"qk_nope_head_dim"}));
  const auto rank = config.find_unsigned({"kv_lora_rank"}).value_or(512);
  out.u32("vocab_size", HUG_TRY(config.need_unsigned({"vocab_size"})));
  if (const auto q = config.find_unsigned({"q_lora_rank"}))
    out.u32("attention.q_lora_rank", *q);
  out.u32("attention.kv_lora_rank", rank);
  out.u32("attention.key_length", rank + rope);
  out.u32("attention.value_length", rank);
  out.u32("attention.key_length_mla", nope + rope);
  out.u32("attention.value_length_mla",
          HUG_TRY(config.need_unsigned({"v_head_dim"})));
  return {};
}

Result<void> keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  out.u32("attention.head_count_kv", 1);
  const auto n_expert = config.find_unsigned({"n_routed_experts"});
  const auto n_layer = HUG_TRY(config.need_unsigned({"num_hidden_layers"}));
  out.u32("leading_dense_block_count",
          config.find_unsigned({"first_k_dense_replace"})
              .value_or(n_expert ? 0 : n_layer));
  HUG_TRY(attention_keys(config, out));
  out.u32("expert_feed_forward_length",
          HUG_TRY(config.need_unsigned(
              {"moe_intermediate_size", "intermediate_size"})));
  if (n_expert) out.u32("expert_count", *n_expert);
  out.u32("expert_shared_count",
          config.find_unsigned({"n_shared_experts"}).value_or(0));
  if (const auto scale = config.find_number({"routed_scaling_factor"}))
    out.f32("expert_weights_scale", *scale);
  if (config.find_bool({"norm_topk_prob"}) == true)
    out.boolean("expert_weights_norm", true);
  out.u32("rope.dimension_count",
          HUG_TRY(config.need_unsigned({"qk_rope_head_dim"})));
  if (const auto mscale = rope_of(config).mscale_all_dim)
    out.f32("rope.scaling.yarn_log_multiplier", 0.1 * *mscale);
  return {};
}

void geometry(const Config& config, Geometry& out) {
  out.nope_dim = config.find_unsigned({"qk_nope_head_dim"}).value_or(0);
  out.value_dim = config.find_unsigned({"v_head_dim"}).value_or(0);
  out.n_layer = config.find_unsigned({"num_hidden_layers"}).value_or(0);
}

void rename(const Config& config, std::string& name) {
  if (name == "model.lm_head.weight") name = "lm_head.weight";
  if (name == "lm_head.weight" &&
      config.find_bool({"tie_word_embeddings"}) == true)
    name.clear();
}

}  // namespace

const Family kDeepseek2 = {
    .arch = "deepseek2",
    .classes = kV2Classes,
    .defaults = R"({"vocab_size": 32000, "max_position_embeddings": 2048,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 32,
      "n_routed_experts": 64, "n_shared_experts": 2,
      "routed_scaling_factor": 1.0, "kv_lora_rank": 512, "q_lora_rank": 1536,
      "qk_rope_head_dim": 64, "v_head_dim": 128, "qk_nope_head_dim": 128,
      "first_k_dense_replace": 0, "norm_topk_prob": false,
      "moe_intermediate_size": 1407, "tie_word_embeddings": false})",
    .prepare = prepare,
    .keys = keys,
    .rules = kRules,
    .rename = rename,
    .geometry = geometry,
};

const Family kDeepseek3 = {
    .arch = "deepseek2",
    .classes = kV3Classes,
    .defaults = R"({"vocab_size": 129280, "max_position_embeddings": 4096,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 128,
      "num_key_value_heads": 128, "n_routed_experts": 256,
      "num_experts_per_tok": 8, "n_shared_experts": 1, "n_group": 8,
      "topk_group": 4, "routed_scaling_factor": 2.5, "kv_lora_rank": 512,
      "q_lora_rank": 1536, "qk_rope_head_dim": 64, "v_head_dim": 128,
      "qk_nope_head_dim": 128, "first_k_dense_replace": 3,
      "norm_topk_prob": true, "moe_intermediate_size": 2048,
      "tie_word_embeddings": false})",
    .prepare = prepare,
    .keys = keys,
    .rules = kRules,
    .rename = rename,
    .geometry = geometry,
};

}  // namespace hug::arch
