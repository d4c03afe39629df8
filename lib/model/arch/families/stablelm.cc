// StableLM 2; the 12 B model has a norm for each head, stored one by one.
#include "arch/common_rules.h"
#include "arch/families.h"

namespace hug::arch {

namespace {

constexpr TensorRule kOwn[] = {
    {"blk.#.attn_q_norm", "model.layers.#.self_attn.q_layernorm.norms.@",
     Op::kStack},
    {"blk.#.attn_k_norm", "model.layers.#.self_attn.k_layernorm.norms.@",
     Op::kStack},
};
constexpr std::span<const TensorRule> kRules[] = {
    kOwn, kModelRules, kLayerNormRules, kAttentionRules, kGatedMlpRules};
constexpr std::string_view kClasses[] = {"StableLmForCausalLM",
                                         "StableLMEpochForCausalLM"};

Result<void> keys(const Config& config, KeyWriter& out) {
  HUG_TRY(need_keys(config, out,
                    {"context_length", "embedding_length", "block_count",
                     "feed_forward_length"}));
  const double share = rope_of(config).partial.value_or(0.25);
  const double dim = static_cast<double>(plain_head_dim(config));
  out.u32("rope.dimension_count", share >= 0 && share <= 1
                                      ? static_cast<std::uint64_t>(share * dim)
                                      : 0);
  HUG_TRY(need_keys(config, out,
                    {"attention.head_count", "attention.head_count_kv"}));
  out.boolean("use_parallel_residual",
              config.find_bool({"use_parallel_residual"}).value_or(true));
  out.f32("attention.layer_norm_epsilon",
          HUG_TRY(config.need_number({"layer_norm_eps", "norm_eps"})));
  out.file_type();
  return {};
}

}  // namespace

const Family kStableLm = {
    .arch = "stablelm",
    .classes = kClasses,
    .model_type = "stablelm",
    .defaults = R"({"vocab_size": 50304, "max_position_embeddings": 4096,
      "layer_norm_eps": 1e-5, "rope_theta": 10000,
      "partial_rotary_factor": 0.25, "use_parallel_residual": false,
      "num_attention_heads": 32, "num_key_value_heads": 32,
      "hidden_act": "silu", "qk_layernorm": false, "use_qkv_bias": false})",
    .keys = keys,
    .rules = kRules,
};

}  // namespace hug::arch
