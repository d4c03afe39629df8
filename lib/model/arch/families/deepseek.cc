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

constexpr KeyRule kKeys[] = {
    {"attention.head_count_kv", KeyKind::kNone},
    {"attention.key_length", KeyKind::kNone},
    {"attention.q_lora_rank", KeyKind::kCount, {"q_lora_rank"}},
    {"attention.kv_lora_rank", KeyKind::kCount, {"kv_lora_rank"}},
    {"attention.value_length_mla", KeyKind::kCount, {"v_head_dim"}},
    {"rope.dimension_count", KeyKind::kCount, {"qk_rope_head_dim"}},
    {"leading_dense_block_count", KeyKind::kCount, {"first_k_dense_replace"}},
    {"expert_shared_count", KeyKind::kCount, {"n_shared_experts"}},
    {"expert_weights_scale", KeyKind::kNumber, {"routed_scaling_factor"}},
    {"expert_weights_norm", KeyKind::kFlag, {"norm_topk_prob"}},
};

void prepare(Config& config) {
  fill_kv_heads(config);
  if (const auto dim = config.find_unsigned({"qk_rope_head_dim"}))
    config.set_unsigned("head_dim", *dim);
}

Result<void> attention_keys(const Config& config, KeyWriter& out) {
  const auto rope = HUG_TRY(config.need_unsigned({"qk_rope_head_dim"}));
  const auto nope = HUG_TRY(config.need_unsigned({"qk_nope_head_dim"}));
  const auto rank = config.find_unsigned({"kv_lora_rank"}).value_or(512);
  HUG_TRY(need_keys(config, out, {"vocab_size"}));
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

bool is_v3(const GgufFacts& file) {
  return file.keys.count("expert_gating_func") == 2;  // sigmoid
}

void restore(const GgufFacts& file, Config& config) {
  const std::uint64_t rotated = file.keys.count("rope.dimension_count");
  const std::uint64_t key = file.keys.count("attention.key_length_mla");
  config.set_unsigned("qk_nope_head_dim", key > rotated ? key - rotated : 0);
  config.set_unsigned("head_dim", rotated);
  config.set_unsigned("num_key_value_heads",
                      file.keys.count("attention.head_count"));
  if (file.keys.find("attention.q_lora_rank") == nullptr)
    config.set_null("q_lora_rank");
  config.set_flag("norm_topk_prob",
                  file.keys.flag("expert_weights_norm", false));
  for (const auto& [key_name, name] :
       {std::pair("expert_group_count", "n_group"),
        std::pair("expert_group_used_count", "topk_group")})
    if (file.keys.find(key_name) == nullptr) config.set_null(name);
  if (file.keys.find("expert_count") == nullptr)
    config.set_null("n_routed_experts");
  config.set_text("scoring_func", is_v3(file) ? "sigmoid" : "softmax");
  config.set_text("topk_method", is_v3(file) ? "noaux_tc"
                                 : config.has("n_group")
                                     ? "group_limited_greedy"
                                     : "greedy");
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
    .model_type = "deepseek_v2",
    .defaults = R"({"vocab_size": 32000, "max_position_embeddings": 2048,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 32,
      "n_routed_experts": 64, "n_shared_experts": 2,
      "routed_scaling_factor": 1.0, "kv_lora_rank": 512, "q_lora_rank": 1536,
      "qk_rope_head_dim": 64, "v_head_dim": 128, "qk_nope_head_dim": 128,
      "first_k_dense_replace": 0, "norm_topk_prob": false,
      "moe_intermediate_size": 1407, "tie_word_embeddings": false,
      "hidden_act": "silu", "attention_bias": false, "mlp_bias": false})",
    .prepare = prepare,
    .keys = keys,
    .key_rules = kKeys,
    .rules = kRules,
    .rename = rename,
    .geometry = geometry,
    .restore = restore,
};

const Family kDeepseek3 = {
    .arch = "deepseek2",
    .classes = kV3Classes,
    .model_type = "deepseek_v3",
    .defaults = R"({"vocab_size": 129280, "max_position_embeddings": 4096,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 128,
      "num_key_value_heads": 128, "n_routed_experts": 256,
      "num_experts_per_tok": 8, "n_shared_experts": 1, "n_group": 8,
      "topk_group": 4, "routed_scaling_factor": 2.5, "kv_lora_rank": 512,
      "q_lora_rank": 1536, "qk_rope_head_dim": 64, "v_head_dim": 128,
      "qk_nope_head_dim": 128, "first_k_dense_replace": 3,
      "norm_topk_prob": true, "moe_intermediate_size": 2048,
      "tie_word_embeddings": false, "hidden_act": "silu",
      "attention_bias": false})",
    .prepare = prepare,
    .keys = keys,
    .key_rules = kKeys,
    .rules = kRules,
    .rename = rename,
    .geometry = geometry,
    .is_kind = is_v3,
    .restore = restore,
};

}  // namespace hug::arch
