// GLM 4 (0414): norms before and behind the blocks, gate and up fused.
#include "arch/common_rules.h"
#include "arch/families.h"

namespace hug::arch {

namespace {

constexpr TensorRule kOwn[] = {
    {"blk.#.post_attention_norm", "model.layers.#.post_self_attn_layernorm"},
    {"blk.#.post_ffw_norm", "model.layers.#.post_mlp_layernorm"},
    {"blk.#.ffn_up", "model.layers.#.mlp.gate_up_proj"},
};
constexpr TensorRule kMultimodal[] = {
    {"blk.#.attn_q", "model.layers.#.self_attn.q_proj", Op::kNormalToNeoxQ},
    {"blk.#.attn_k", "model.layers.#.self_attn.k_proj", Op::kNormalToNeoxK},
};
constexpr std::span<const TensorRule> kRules[] = {
    kOwn,        kModelRules,     kLayerNormRules,
    kMultimodal, kAttentionRules, kGatedMlpRules};
constexpr std::string_view kClasses[] = {"Glm4ForCausalLM",
                                         "Glm4vForConditionalGeneration"};

std::uint64_t rotated(const Config& config) {
  const auto dim =
      config.find_unsigned({"head_dim"}).value_or(plain_head_dim(config));
  const double share = rope_of(config).partial.value_or(0.5);
  if (!(share >= 0 && share <= 1)) return 0;
  return static_cast<std::uint64_t>(static_cast<double>(dim) * share);
}

Result<void> keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  out.u32("rope.dimension_count", rotated(config));
  return {};
}

// Only multimodal rope wants halves; n_rot 0 leaves the rows alone.
void geometry(const Config& config, Geometry& out) {
  out.n_rot = rope_of(config).sections.empty() ? 0 : rotated(config);
}

}  // namespace

const Family kGlm4 = {
    .arch = "glm4",
    .classes = kClasses,
    .model_type = "glm4",
    .defaults = R"({"vocab_size": 151552, "max_position_embeddings": 131072,
      "rms_norm_eps": 1.5625e-07, "rope_theta": 10000.0,
      "partial_rotary_factor": 0.5, "num_attention_heads": 32,
      "num_key_value_heads": 2, "head_dim": 128, "hidden_act": "silu",
      "attention_bias": false})",
    .keys = keys,
    .rules = kRules,
    .vocabulary = Vocabulary::kGlm4,
    .geometry = geometry,
};

}  // namespace hug::arch
