// Gemma 1 to 3. Norm weights are stored less one; the embeddings are the head.
#include "arch/common_rules.h"
#include "arch/families.h"

namespace hug::arch {

namespace {

constexpr TensorRule kEnds[] = {
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm", Op::kAddOne},
    {"output", "lm_head", Op::kDrop},
};
constexpr TensorRule kGemma3Ends[] = {
    {"token_embd", "model.embed_tokens", Op::kTrimVocab},
    {"output_norm", "model.norm", Op::kAddOne},
    {"output", "lm_head"},
    {"blk.#.attn_q_norm", "model.layers.#.self_attn.q_norm", Op::kAddOne},
    {"blk.#.attn_k_norm", "model.layers.#.self_attn.k_norm", Op::kAddOne},
};
constexpr TensorRule kNorms[] = {
    {"blk.#.attn_norm", "model.layers.#.input_layernorm", Op::kAddOne},
    {"blk.#.ffn_norm", "model.layers.#.post_attention_layernorm", Op::kAddOne},
};
constexpr TensorRule kFourNorms[] = {
    {"blk.#.attn_norm", "model.layers.#.input_layernorm", Op::kAddOne},
    {"blk.#.post_attention_norm", "model.layers.#.post_attention_layernorm",
     Op::kAddOne},
    {"blk.#.ffn_norm", "model.layers.#.pre_feedforward_layernorm", Op::kAddOne},
    {"blk.#.post_ffw_norm", "model.layers.#.post_feedforward_layernorm",
     Op::kAddOne},
};
constexpr std::span<const TensorRule> kGemmaRules[] = {
    kEnds, kNorms, kAttentionRules, kGatedMlpRules};
constexpr std::span<const TensorRule> kGemma2Rules[] = {
    kEnds, kFourNorms, kAttentionRules, kGatedMlpRules};
constexpr std::span<const TensorRule> kGemma3Rules[] = {
    kGemma3Ends, kFourNorms, kAttentionRules, kGatedMlpRules};

constexpr std::string_view kGemmaClasses[] = {"GemmaForCausalLM"};
constexpr std::string_view kGemma2Classes[] = {"Gemma2ForCausalLM"};
constexpr std::string_view kGemma3Classes[] = {
    "Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"};

Result<void> gemma_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(need_keys(
      config, out,
      {"context_length", "embedding_length", "block_count",
       "feed_forward_length", "attention.head_count", "attention.head_count_kv",
       "attention.layer_norm_rms_epsilon"}));
  const auto head_dim = HUG_TRY(config.need_unsigned({"head_dim"}));
  out.u32("attention.key_length", head_dim);
  out.u32("attention.value_length", head_dim);
  out.file_type();
  return {};
}

Result<void> gemma2_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(gemma_keys(config, out));
  return need_keys(config, out,
                   {"attn_logit_softcapping", "final_logit_softcapping",
                    "attention.sliding_window"});
}

Result<void> gemma3_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  const auto or_number = [&](std::string_view key, std::uint64_t fallback) {
    return config.find_unsigned({key}).value_or(fallback);
  };
  out.u32("context_length", or_number("max_position_embeddings", 131072));
  out.u32("attention.head_count", or_number("num_attention_heads", 8));
  out.f32("attention.layer_norm_rms_epsilon",
          config.find_number({"rms_norm_eps"}).value_or(1e-6));
  out.u32("attention.key_length", or_number("head_dim", 256));
  out.u32("attention.value_length", or_number("head_dim", 256));
  out.f32("rope.freq_base", rope_of(config).theta.value_or(1'000'000.0));
  const auto softcap = config.find_number({"final_logit_softcapping"});
  if (softcap && *softcap != 0) out.f32("final_logit_softcapping", *softcap);
  if (or_number("sliding_window_pattern", 0) != 1)
    HUG_TRY(need_keys(config, out, {"attention.sliding_window"}));
  out.u32("attention.head_count_kv", or_number("num_key_value_heads", 4));
  return {};
}

// Scores are divided by the root of it: the width of a head, in every size
// whose file says nothing else.
void restore_scalar(const GgufFacts&, Config& config) {
  config.set_unsigned("query_pre_attn_scalar",
                      config.find_unsigned({"head_dim"}).value_or(256));
}

void restore_gemma3(const GgufFacts& file, Config& config) {
  restore_scalar(file, config);
  const bool windows = file.keys.find("attention.sliding_window") != nullptr;
  config.set_unsigned("sliding_window_pattern", windows ? 6 : 1);
}

}  // namespace

const Family kGemma = {
    .arch = "gemma",
    .classes = kGemmaClasses,
    .model_type = "gemma",
    .defaults = R"({"vocab_size": 256000, "max_position_embeddings": 8192,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 16,
      "num_key_value_heads": 16, "head_dim": 256, "attention_bias": false,
      "hidden_act": "gelu_pytorch_tanh",
      "hidden_activation": "gelu_pytorch_tanh"})",
    .prepare = fill_kv_heads,
    .keys = gemma_keys,
    .rules = kGemmaRules,
    .vocabulary = Vocabulary::kGemma,
};

const Family kGemma2 = {
    .arch = "gemma2",
    .classes = kGemma2Classes,
    .model_type = "gemma2",
    .defaults = R"({"vocab_size": 256000, "max_position_embeddings": 8192,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 8,
      "num_key_value_heads": 4, "head_dim": 256, "sliding_window": 4096,
      "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0,
      "attention_bias": false, "hidden_activation": "gelu_pytorch_tanh"})",
    .prepare = fill_kv_heads,
    .keys = gemma2_keys,
    .rules = kGemma2Rules,
    .vocabulary = Vocabulary::kGemma2,
    .restore = restore_scalar,
};

const Family kGemma3 = {
    .arch = "gemma3",
    .classes = kGemma3Classes,
    .model_type = "gemma3_text",
    .defaults = R"({"vocab_size": 262208, "max_position_embeddings": 131072,
      "rms_norm_eps": 1e-6, "num_attention_heads": 8, "num_key_value_heads": 4,
      "head_dim": 256, "sliding_window": 4096, "hidden_size": 2304,
      "intermediate_size": 9216, "num_hidden_layers": 26,
      "rope_theta": 1000000.0, "rope_local_base_freq": 10000.0,
      "attention_bias": false, "hidden_activation": "gelu_pytorch_tanh"})",
    .keys = gemma3_keys,
    .rules = kGemma3Rules,
    .vocabulary = Vocabulary::kGemma3,
    .restore = restore_gemma3,
};

}  // namespace hug::arch
