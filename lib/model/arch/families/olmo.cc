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

void fill_heads(Config& config) {
  if (!config.has("num_key_value_heads"))
    if (const auto n = config.find_unsigned({"num_attention_heads"}))
      config.set_unsigned("num_key_value_heads", *n);
}

Result<void> olmo_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  out.f32("attention.layer_norm_epsilon", 1e-5);
  if (const auto clip = config.find_number({"clip_qkv"}))
    out.f32("attention.clamp_kqv", *clip);
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

void prepare_olmo2(Config& config) {
  fill_heads(config);
  if (config.model_type() == "olmo3")
    config.set_defaults(R"({"sliding_window": 4096})");
}

}  // namespace

const Family kOlmo = {
    .arch = "olmo",
    .classes = kOlmoClasses,
    .defaults = R"({"vocab_size": 50304, "max_position_embeddings": 2048,
      "rope_theta": 10000.0, "num_attention_heads": 32})",
    .prepare = fill_heads,
    .keys = olmo_keys,
    .rules = kOlmoRules,
};

const Family kOlmo2 = {
    .arch = "olmo2",
    .classes = kOlmo2Classes,
    .defaults = R"({"vocab_size": 50304, "max_position_embeddings": 2048,
      "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
      "num_attention_heads": 32})",
    .prepare = prepare_olmo2,
    .keys = olmo2_keys,
    .rules = kOlmo2Rules,
};

const Family kOlmoe = {
    .arch = "olmoe",
    .classes = kOlmoeClasses,
    .defaults = R"({"vocab_size": 50304, "max_position_embeddings": 4096,
      "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "num_attention_heads": 16,
      "num_experts": 64, "num_experts_per_tok": 8,
      "intermediate_size": 2048})",
    .prepare = fill_heads,
    .keys = olmoe_keys,
    .rules = kOlmoeRules,
};

}  // namespace hug::arch
