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

void fill_heads(Config& config) {
  if (!config.has("num_key_value_heads"))
    if (const auto n = config.find_unsigned({"num_attention_heads"}))
      config.set_unsigned("num_key_value_heads", *n);
}

void prepare_llama(Config& config) {
  fill_heads(config);
  if (!config.has("head_dim"))
    if (const std::uint64_t dim = plain_head_dim(config))
      config.set_unsigned("head_dim", dim);
}

void prepare_granite(Config& config) {
  fill_heads(config);
  config.erase("head_dim");
}

Result<void> llama_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  out.u32("vocab_size", HUG_TRY(config.need_unsigned({"vocab_size"})));
  out.u32("rope.dimension_count",
          config.find_unsigned({"head_dim"}).value_or(plain_head_dim(config)));
  return {};
}

Result<void> granite_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(llama_keys(config, out));
  const auto scale = [&](std::string_view key, std::string_view name) {
    const auto value = config.find_number({name});
    if (value && *value != 0) out.f32(key, *value);
  };
  scale("attention.scale", "attention_multiplier");
  scale("embedding_scale", "embedding_multiplier");
  scale("residual_scale", "residual_multiplier");
  scale("logit_scale", "logits_scaling");
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

void nope_keys(const Config& config, KeyWriter& out) {
  const auto layers = config.find_unsigned_list({"no_rope_layers"});
  if (!layers) return;
  std::vector<bool> rotates;
  for (const std::uint64_t flag : *layers)
    rotates.push_back(flag != 0);
  out.set(kHugRopeLayers, format::GgufArray(std::move(rotates)));
}

}  // namespace

const Family kLlama = {
    .arch = "llama",
    .classes = kLlamaClasses,
    .defaults = R"({"vocab_size": 32000, "max_position_embeddings": 2048,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
      "num_attention_heads": 32})",
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
    .defaults = R"({"vocab_size": 32000, "max_position_embeddings": 131072,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 32,
      "num_key_value_heads": 8, "sliding_window": 4096})",
    .prepare = fill_heads,
    .keys = llama_keys,
    .rules = kRules,
    .vocabulary = Vocabulary::kLlama,
    .extras = llama3_rope,
    .hug_keys = window_keys,
};

const Family kMixtral = {
    .arch = "llama",
    .classes = kMixtralClasses,
    .defaults = R"({"vocab_size": 32000, "max_position_embeddings": 131072,
      "rms_norm_eps": 1e-5, "rope_theta": 1000000.0,
      "num_attention_heads": 32, "num_key_value_heads": 8,
      "num_local_experts": 8, "num_experts_per_tok": 2})",
    .prepare = fill_heads,
    .keys = llama_keys,
    .rules = kRules,
    .vocabulary = Vocabulary::kLlama,
    .extras = llama3_rope,
    .hug_keys = window_keys,
};

const Family kSmolLm3 = {
    .arch = "smollm3",
    .classes = kSmolLm3Classes,
    .defaults = R"({"vocab_size": 128256, "max_position_embeddings": 32768,
      "rms_norm_eps": 1e-6, "rope_theta": 2000000.0,
      "num_attention_heads": 16, "num_key_value_heads": 4})",
    .prepare = fill_heads,
    .keys = llama_keys,
    .rules = kRules,
    .vocabulary = Vocabulary::kLlama,
    .extras = llama3_rope,
    .hug_keys = nope_keys,
};

const Family kGranite = {
    .arch = "granite",
    .classes = kGraniteClasses,
    .defaults = R"({"vocab_size": 32000, "max_position_embeddings": 2048,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 32,
      "embedding_multiplier": 1.0, "logits_scaling": 1.0,
      "residual_multiplier": 1.0, "attention_multiplier": 1.0})",
    .prepare = prepare_granite,
    .keys = granite_keys,
    .rules = kRules,
    .vocabulary = Vocabulary::kLlama,
    .extras = llama3_rope,
};

}  // namespace hug::arch
