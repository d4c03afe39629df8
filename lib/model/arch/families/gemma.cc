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
  out.u32("context_length",
          HUG_TRY(config.need_unsigned({"max_position_embeddings"})));
  out.u32("embedding_length", HUG_TRY(config.need_unsigned({"hidden_size"})));
  out.u32("block_count", HUG_TRY(config.need_unsigned({"num_hidden_layers"})));
  out.u32("feed_forward_length",
          HUG_TRY(config.need_unsigned({"intermediate_size"})));
  const auto n_head = HUG_TRY(config.need_unsigned({"num_attention_heads"}));
  out.u32("attention.head_count", n_head);
  out.u32("attention.head_count_kv",
          config.find_unsigned({"num_key_value_heads"}).value_or(n_head));
  out.f32("attention.layer_norm_rms_epsilon",
          HUG_TRY(config.need_number({"rms_norm_eps"})));
  const auto head_dim = HUG_TRY(config.need_unsigned({"head_dim"}));
  out.u32("attention.key_length", head_dim);
  out.u32("attention.value_length", head_dim);
  out.file_type();
  return {};
}

Result<void> gemma2_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(gemma_keys(config, out));
  out.f32("attn_logit_softcapping",
          HUG_TRY(config.need_number({"attn_logit_softcapping"})));
  out.f32("final_logit_softcapping",
          HUG_TRY(config.need_number({"final_logit_softcapping"})));
  out.u32("attention.sliding_window",
          HUG_TRY(config.need_unsigned({"sliding_window"})));
  return {};
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
    out.u32("attention.sliding_window",
            HUG_TRY(config.need_unsigned({"sliding_window"})));
  out.u32("attention.head_count_kv", or_number("num_key_value_heads", 4));
  return {};
}

}  // namespace

const Family kGemma = {
    .arch = "gemma",
    .classes = kGemmaClasses,
    .defaults = R"({"vocab_size": 256000, "max_position_embeddings": 8192,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 16,
      "num_key_value_heads": 16, "head_dim": 256})",
    .keys = gemma_keys,
    .rules = kGemmaRules,
    .vocabulary = Vocabulary::kGemma,
};

const Family kGemma2 = {
    .arch = "gemma2",
    .classes = kGemma2Classes,
    .defaults = R"({"vocab_size": 256000, "max_position_embeddings": 8192,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "num_attention_heads": 8,
      "num_key_value_heads": 4, "head_dim": 256, "sliding_window": 4096,
      "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0})",
    .keys = gemma2_keys,
    .rules = kGemma2Rules,
    .vocabulary = Vocabulary::kGemma2,
};

const Family kGemma3 = {
    .arch = "gemma3",
    .classes = kGemma3Classes,
    .defaults = R"({"vocab_size": 262208, "max_position_embeddings": 131072,
      "rms_norm_eps": 1e-6, "num_attention_heads": 8, "num_key_value_heads": 4,
      "head_dim": 256, "sliding_window": 4096, "hidden_size": 2304,
      "intermediate_size": 9216, "num_hidden_layers": 26,
      "rope_theta": 1000000.0, "rope_local_base_freq": 10000.0})",
    .keys = gemma3_keys,
    .rules = kGemma3Rules,
    .vocabulary = Vocabulary::kGemma3,
};

}  // namespace hug::arch
