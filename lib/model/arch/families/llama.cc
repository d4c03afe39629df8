// Llama and what was made from it: Mistral, Mixtral, SmolLM3, Granite. Queries
// and keys are stored in two halves a head and become neighbouring pairs.
#include "arch/common_rules.h"
#include "arch/families.h"
#include "arch/hug_keys.h"

namespace hug::arch {

namespace {

constexpr TensorRule kMixtralRules[] = {
    {"blk.#.ffn_gate_exps", "model.layers.#.block_sparse_moe.experts.@.w1",
     Op::kStack},
    {"blk.#.ffn_down_exps", "model.layers.#.block_sparse_moe.experts.@.w2",
     Op::kStack},
    {"blk.#.ffn_up_exps", "model.layers.#.block_sparse_moe.experts.@.w3",
     Op::kStack},
    {"blk.#.ffn_gate_inp", "model.layers.#.block_sparse_moe.gate"},
};
constexpr std::span<const TensorRule> kRules[] = {
    kModelRules, kLayerNormRules, kPermutedAttentionRules, kGatedMlpRules,
    kMixtralRules};

constexpr std::string_view kLlamaClasses[] = {"LlamaForCausalLM",
                                              "LLaMAForCausalLM", "LlamaModel",
                                              "IQuestCoderForCausalLM"};
constexpr std::string_view kMistralClasses[] = {"MistralForCausalLM"};
constexpr std::string_view kMixtralClasses[] = {"MixtralForCausalLM"};
constexpr std::string_view kSmolLm3Classes[] = {"SmolLM3ForCausalLM"};
constexpr std::string_view kGraniteClasses[] = {"GraniteForCausalLM"};

constexpr KeyRule kGraniteKeys[] = {
    {"attention.scale", KeyKind::kNumber, {"attention_multiplier"}},
    {"embedding_scale", KeyKind::kNumber, {"embedding_multiplier"}},
    {"residual_scale", KeyKind::kNumber, {"residual_multiplier"}},
    {"logit_scale", KeyKind::kNumber, {"logits_scaling"}},
};

void prepare_llama(Config& config) {
  fill_kv_heads(config);
  if (!config.has("head_dim"))
    if (const std::uint64_t dim = plain_head_dim(config))
      config.set_unsigned("head_dim", dim);
}

void prepare_granite(Config& config) {
  fill_kv_heads(config);
  config.erase("head_dim");
}

Result<void> llama_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  HUG_TRY(need_keys(config, out, {"vocab_size"}));
  out.u32("rope.dimension_count",
          config.find_unsigned({"head_dim"}).value_or(plain_head_dim(config)));
  return {};
}

Result<void> granite_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(llama_keys(config, out));
  for (const KeyRule& rule : kGraniteKeys) {
    const auto value = config.find_number(rule.spellings());
    if (value && *value != 0) out.f32(rule.gguf, *value);
  }
  return {};
}

std::vector<ExtraTensor> llama3_rope(const Config& config) {
  auto factors = llama3_factors(config, 8.0);
  if (factors.empty()) return {};
  return {{"rope_freqs.weight", std::move(factors)}};
}

void window_keys(const Config& config, KeyWriter& out) {
  if (const auto window = config.find_unsigned({"sliding_window"}))
    if (*window != 0) out.set(kHugWindow, static_cast<std::uint32_t>(*window));
}

bool is_mistral(const GgufFacts& file) {
  return file.keys.count("expert_count") == 0 &&
         file.keys.all().contains(kHugWindow);
}

bool is_mixtral(const GgufFacts& file) {
  return file.keys.count("expert_count") != 0;
}

void nope_keys(const Config& config, KeyWriter& out) {
  const auto layers = config.find_unsigned_list({"no_rope_layers"});
  if (!layers) return;
  std::vector<bool> rotates;
  for (const std::uint64_t flag : *layers)
    rotates.push_back(flag != 0);
  out.set(kHugRopeLayers, format::GgufArray(std::move(rotates)));
}

void restore_smollm3(const GgufFacts& file, Config& config) {
  std::vector<std::uint64_t> rotates;
  for (const bool flag : file.keys.all_flags(kHugRopeLayers))
    rotates.push_back(flag ? 1 : 0);
  if (!rotates.empty()) config.set_unsigned_list("no_rope_layers", rotates);
}

}  // namespace

const Family kLlama = {
    .arch = "llama",
    .classes = kLlamaClasses,
    .model_type = "llama",
    .defaults = R"({"vocab_size": 32000, "max_position_embeddings": 2048,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
      "num_attention_heads": 32, "hidden_act": "silu",
      "attention_bias": false, "mlp_bias": false})",
    .prepare = prepare_llama,
    .keys = llama_keys,
    .rules = kRules,
    .vocabulary = Vocabulary::kLlama,
    .bare_prefix = "model.",
    .extras = llama3_rope,
};

const Family kMistral = {
    .arch = "llama",
    .classes = kMistralClasses,
    .model_type = "mistral",
    .defaults = R"({"vocab_size": 32000, "max_position_embeddings": 131072,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 32,
      "num_key_value_heads": 8, "sliding_window": 4096, "hidden_act": "silu"})",
    .prepare = fill_kv_heads,
    .keys = llama_keys,
    .rules = kRules,
    .vocabulary = Vocabulary::kLlama,
    .extras = llama3_rope,
    .hug_keys = window_keys,
    .is_kind = is_mistral,
};

const Family kMixtral = {
    .arch = "llama",
    .classes = kMixtralClasses,
    .model_type = "mixtral",
    .defaults = R"({"vocab_size": 32000, "max_position_embeddings": 131072,
      "rms_norm_eps": 1e-5, "rope_theta": 1000000.0,
      "num_attention_heads": 32, "num_key_value_heads": 8,
      "num_local_experts": 8, "num_experts_per_tok": 2, "hidden_act": "silu"})",
    .prepare = fill_kv_heads,
    .keys = llama_keys,
    .rules = kRules,
    .vocabulary = Vocabulary::kLlama,
    .extras = llama3_rope,
    .hug_keys = window_keys,
    .is_kind = is_mixtral,
};

const Family kSmolLm3 = {
    .arch = "smollm3",
    .classes = kSmolLm3Classes,
    .model_type = "smollm3",
    .defaults = R"({"vocab_size": 128256, "max_position_embeddings": 32768,
      "rms_norm_eps": 1e-6, "rope_theta": 2000000.0,
      "num_attention_heads": 16, "num_key_value_heads": 4,
      "hidden_act": "silu", "attention_bias": false, "mlp_bias": false,
      "use_sliding_window": false})",
    .prepare = fill_kv_heads,
    .keys = llama_keys,
    .rules = kRules,
    .vocabulary = Vocabulary::kLlama,
    .extras = llama3_rope,
    .hug_keys = nope_keys,
    .restore = restore_smollm3,
};

const Family kGranite = {
    .arch = "granite",
    .classes = kGraniteClasses,
    .model_type = "granite",
    .defaults = R"({"vocab_size": 32000, "max_position_embeddings": 2048,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 32,
      "embedding_multiplier": 1.0, "logits_scaling": 1.0,
      "residual_multiplier": 1.0, "attention_multiplier": 1.0,
      "hidden_act": "silu", "attention_bias": false, "mlp_bias": false})",
    .prepare = prepare_granite,
    .keys = granite_keys,
    .key_rules = kGraniteKeys,
    .rules = kRules,
    .vocabulary = Vocabulary::kLlama,
    .extras = llama3_rope,
};

}  // namespace hug::arch
