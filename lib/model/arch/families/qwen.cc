// Qwen 2, Qwen 3 and their mixtures of experts.
#include "arch/common_rules.h"
#include "arch/families.h"
#include "arch/hug_keys.h"

namespace hug::arch {

namespace {

constexpr TensorRule kSharedExpert[] = {
    {"blk.#.ffn_gate_shexp", "model.layers.#.mlp.shared_expert.gate_proj"},
    {"blk.#.ffn_up_shexp", "model.layers.#.mlp.shared_expert.up_proj"},
    {"blk.#.ffn_down_shexp", "model.layers.#.mlp.shared_expert.down_proj"},
    {"blk.#.ffn_gate_inp_shexp", "model.layers.#.mlp.shared_expert_gate"},
};
constexpr std::span<const TensorRule> kRules[] = {
    kModelRules,    kLayerNormRules, kAttentionRules, kHeadNormRules,
    kGatedMlpRules, kExpertRules,    kSharedExpert};

constexpr std::string_view kQwen2Classes[] = {"Qwen2ForCausalLM", "Qwen2Model",
                                              "KORMoForCausalLM"};
constexpr std::string_view kQwen2MoeClasses[] = {"Qwen2MoeForCausalLM"};
constexpr std::string_view kQwen3Classes[] = {"Qwen3ForCausalLM", "Qwen3Model"};
constexpr std::string_view kQwen3MoeClasses[] = {"Qwen3MoeForCausalLM"};

Result<void> moe_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  write_keys(
      config, out,
      {"expert_feed_forward_length", "expert_shared_feed_forward_length"});
  return {};
}

// The first max_window_layers layers see everything.
void window_keys(const Config& config, KeyWriter& out) {
  const auto window = config.find_unsigned({"sliding_window"});
  if (!window || config.find_bool({"use_sliding_window"}) != true) return;
  auto layers = sliding_layers(config);
  const auto first = config.find_unsigned({"max_window_layers"}).value_or(0);
  if (layers.empty())
    for (std::uint64_t i = 0;
         i < config.find_unsigned({"num_hidden_layers"}).value_or(0); ++i)
      layers.push_back(i >= first);
  out.set(kHugWindow, static_cast<std::uint32_t>(*window));
  out.set(kHugWindowLayers, format::GgufArray(std::move(layers)));
}

void restore_window(const GgufFacts& file, Config& config) {
  const auto layers = file.keys.all_flags(kHugWindowLayers);
  config.set_flag("use_sliding_window", !layers.empty());
  if (layers.empty()) return config.set_null("sliding_window");
  std::uint64_t first = 0;
  while (first < layers.size() && !layers[first])
    ++first;
  config.set_unsigned("max_window_layers", first);
  set_sliding_layers(config, layers);
}

}  // namespace

const Family kQwen2 = {
    .arch = "qwen2",
    .classes = kQwen2Classes,
    .model_type = "qwen2",
    .defaults = R"({"vocab_size": 151936, "max_position_embeddings": 32768,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 32,
      "num_key_value_heads": 32, "max_window_layers": 28,
      "hidden_act": "silu"})",
    .prepare = fill_kv_heads,
    .keys = write_common_keys,
    .rules = kRules,
    .vocabulary = Vocabulary::kSpmOrBpe,
    .bare_prefix = "model.",
    .hug_keys = window_keys,
    .reads_pooling = true,
    .restore = restore_window,
};

const Family kQwen2Moe = {
    .arch = "qwen2moe",
    .classes = kQwen2MoeClasses,
    .model_type = "qwen2_moe",
    .defaults = R"({"vocab_size": 151936, "max_position_embeddings": 32768,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 16,
      "num_key_value_heads": 16, "num_experts": 60, "num_experts_per_tok": 4,
      "moe_intermediate_size": 1408, "shared_expert_intermediate_size": 5632,
      "intermediate_size": 5632, "hidden_act": "silu", "qkv_bias": true,
      "norm_topk_prob": false})",
    .keys = moe_keys,
    .rules = kRules,
    .hug_keys = window_keys,
    .restore = restore_window,
};

const Family kQwen3 = {
    .arch = "qwen3",
    .classes = kQwen3Classes,
    .model_type = "qwen3",
    .defaults = R"({"vocab_size": 151936, "max_position_embeddings": 32768,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 32,
      "num_key_value_heads": 32, "head_dim": 128, "max_window_layers": 28,
      "hidden_act": "silu", "attention_bias": false})",
    .prepare = fill_kv_heads,
    .keys = write_common_keys,
    .rules = kRules,
    .vocabulary = Vocabulary::kSpmOrBpe,
    .bare_prefix = "model.",
    .hug_keys = window_keys,
    .reads_pooling = true,
    .restore = restore_window,
};

const Family kQwen3Moe = {
    .arch = "qwen3moe",
    .classes = kQwen3MoeClasses,
    .model_type = "qwen3_moe",
    .defaults = R"({"vocab_size": 151936, "max_position_embeddings": 32768,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 32,
      "num_key_value_heads": 4, "num_experts": 128, "num_experts_per_tok": 8,
      "moe_intermediate_size": 768, "intermediate_size": 6144,
      "hidden_act": "silu", "attention_bias": false,
      "norm_topk_prob": false})",
    .keys = moe_keys,
    .rules = kRules,
    .hug_keys = window_keys,
    .restore = restore_window,
};

}  // namespace hug::arch
