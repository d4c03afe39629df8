// Command R: LayerNorm without bias, tied embeddings, neighbouring pairs
// rotated from the start.
#include "arch/common_rules.h"
#include "arch/families.h"

namespace hug::arch {

namespace {

constexpr TensorRule kOwn[] = {{"output", "lm_head", Op::kDrop}};
constexpr std::span<const TensorRule> kRules[] = {
    kOwn,           kModelRules,   kLayerNormRules, kAttentionRules,
    kHeadNormRules, kGatedMlpRules};
constexpr std::string_view kClasses[] = {"CohereForCausalLM"};

// What the model was trained on stands in another key.
void prepare(Config& config) {
  fill_kv_heads(config);
  if (const auto n =
          config.find_unsigned({"model_max_length", "max_position_embeddings"}))
    config.set_unsigned("max_position_embeddings", *n);
}

Result<void> keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  HUG_TRY(need_keys(config, out, {"logit_scale"}));
  out.text("rope.scaling.type", "none");
  return {};
}

}  // namespace

const Family kCommandR = {
    .arch = "command-r",
    .classes = kClasses,
    .model_type = "cohere",
    .defaults = R"({"vocab_size": 256000, "max_position_embeddings": 8192,
      "layer_norm_eps": 1e-5, "rope_theta": 10000.0,
      "num_attention_heads": 64, "logit_scale": 0.0625,
      "hidden_act": "silu", "attention_bias": false, "use_qk_norm": false})",
    .prepare = prepare,
    .keys = keys,
    .rules = kRules,
};

}  // namespace hug::arch
