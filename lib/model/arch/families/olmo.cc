// OLMo (norms without weights), OLMo 2 and 3 (norms behind the blocks), OLMoE.
#include "arch/common_rules.h"
#include "arch/families.h"

namespace hug::arch {

namespace {

constexpr std::span<const TensorRule> kOlmoRules[] = {
    kModelRules, kPermutedAttentionRules, kGatedMlpRules};
constexpr std::span<const TensorRule> kOlmo2Rules[] = {
    kModelRules, kPostNormRules, kAttentionRules, kHeadNormRules,
    kGatedMlpRules};
constexpr std::span<const TensorRule> kOlmoeRules[] = {
    kModelRules, kLayerNormRules, kAttentionRules, kHeadNormRules,
    kExpertRules};
constexpr std::string_view kOlmoClasses[] = {"OlmoForCausalLM",
                                             "OLMoForCausalLM"};
constexpr std::string_view kOlmo2Classes[] = {"Olmo2ForCausalLM",
                                              "Olmo3ForCausalLM"};
constexpr std::string_view kOlmoeClasses[] = {"OlmoeForCausalLM"};

constexpr KeyRule kOlmoKeys[] = {
    {"attention.layer_norm_epsilon", KeyKind::kNone},  // 1e-5, always
};

Result<void> olmo_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  out.f32("attention.layer_norm_epsilon", 1e-5);
  write_keys(config, out, {"attention.clamp_kqv"});
  return {};
}

Result<void> olmo2_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  const auto window = config.find_unsigned({"sliding_window"});
  if (!window) return {};
  out.u32("attention.sliding_window", *window);
  auto layers = sliding_layers(config);
  if (layers.empty())
    for (std::uint64_t i = 0;
         i < config.find_unsigned({"num_hidden_layers"}).value_or(0); ++i)
      layers.push_back((i + 1) % 4 != 0);
  out.booleans("attention.sliding_window_pattern", std::move(layers));
  return {};
}

Result<void> olmoe_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  out.f32("attention.layer_norm_rms_epsilon", 1e-5);
  return {};
}

// OLMo 3 is OLMo 2 with windows.
void restore_olmo2(const GgufFacts& file, Config& config) {
  if (file.keys.find("attention.sliding_window") == nullptr) return;
  config.set_architecture(kOlmo2Classes[1]);
  config.set_text("model_type", "olmo3");
  set_sliding_layers(config,
                     file.keys.flags("attention.sliding_window_pattern"));
}

void prepare_olmo2(Config& config) {
  fill_kv_heads(config);
  if (config.model_type() == "olmo3")
    config.set_defaults(R"({"sliding_window": 4096})");
}

}  // namespace

const Family kOlmo = {
    .arch = "olmo",
    .classes = kOlmoClasses,
    .model_type = "olmo",
    .defaults = R"({"vocab_size": 50304, "max_position_embeddings": 2048,
      "rope_theta": 10000.0, "num_attention_heads": 32,
      "hidden_act": "silu", "attention_bias": false})",
    .prepare = fill_kv_heads,
    .keys = olmo_keys,
    .key_rules = kOlmoKeys,
    .rules = kOlmoRules,
};

const Family kOlmo2 = {
    .arch = "olmo2",
    .classes = kOlmo2Classes,
    .model_type = "olmo2",
    .defaults = R"({"vocab_size": 50304, "max_position_embeddings": 2048,
      "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
      "num_attention_heads": 32, "hidden_act": "silu",
      "attention_bias": false})",
    .prepare = prepare_olmo2,
    .keys = olmo2_keys,
    .rules = kOlmo2Rules,
    .restore = restore_olmo2,
};

const Family kOlmoe = {
    .arch = "olmoe",
    .classes = kOlmoeClasses,
    .model_type = "olmoe",
    .defaults = R"({"vocab_size": 50304, "max_position_embeddings": 4096,
      "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "num_attention_heads": 16,
      "num_experts": 64, "num_experts_per_tok": 8,
      "intermediate_size": 2048, "hidden_act": "silu",
      "attention_bias": false, "norm_topk_prob": false})",
    .prepare = fill_kv_heads,
    .keys = olmoe_keys,
    .rules = kOlmoeRules,
};

}  // namespace hug::arch
