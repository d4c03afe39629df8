// T5, Flan-T5 and the encoder alone. Relative positions, RMS norms.
#include <cmath>

#include "arch/families.h"
#include "arch/hug_keys.h"
#include "format/gguf.h"

namespace hug::arch {

namespace {

#define HUG_ENC "encoder.block.#.layer."
#define HUG_DEC "decoder.block.#.layer."
constexpr TensorRule kOwn[] = {
    {"token_embd", "shared", Op::kIfFirst},
    {"token_embd", "encoder.embed_tokens", Op::kIfFirst},
    {"token_embd", "decoder.embed_tokens", Op::kIfFirst},
    {"output", "lm_head"},
    {"enc.blk.#.attn_norm", HUG_ENC "0.layer_norm"},
    {"enc.blk.#.attn_q", HUG_ENC "0.SelfAttention.q"},
    {"enc.blk.#.attn_k", HUG_ENC "0.SelfAttention.k"},
    {"enc.blk.#.attn_v", HUG_ENC "0.SelfAttention.v"},
    {"enc.blk.#.attn_o", HUG_ENC "0.SelfAttention.o"},
    {"enc.blk.#.attn_rel_b", HUG_ENC "0.SelfAttention.relative_attention_bias"},
    {"enc.blk.#.ffn_norm", HUG_ENC "1.layer_norm"},
    {"enc.blk.#.ffn_up", HUG_ENC "1.DenseReluDense.wi"},
    {"enc.blk.#.ffn_gate", HUG_ENC "1.DenseReluDense.wi_0"},
    {"enc.blk.#.ffn_up", HUG_ENC "1.DenseReluDense.wi_1", Op::kCopy, false,
     "enc.blk.#.ffn_gate"},
    {"enc.blk.#.ffn_down", HUG_ENC "1.DenseReluDense.wo"},
    {"enc.output_norm", "encoder.final_layer_norm"},
    {"dec.blk.#.attn_norm", HUG_DEC "0.layer_norm"},
    {"dec.blk.#.attn_q", HUG_DEC "0.SelfAttention.q"},
    {"dec.blk.#.attn_k", HUG_DEC "0.SelfAttention.k"},
    {"dec.blk.#.attn_v", HUG_DEC "0.SelfAttention.v"},
    {"dec.blk.#.attn_o", HUG_DEC "0.SelfAttention.o"},
    {"dec.blk.#.attn_rel_b", HUG_DEC "0.SelfAttention.relative_attention_bias"},
    {"dec.blk.#.cross_attn_norm", HUG_DEC "1.layer_norm"},
    {"dec.blk.#.cross_attn_q", HUG_DEC "1.EncDecAttention.q"},
    {"dec.blk.#.cross_attn_k", HUG_DEC "1.EncDecAttention.k"},
    {"dec.blk.#.cross_attn_v", HUG_DEC "1.EncDecAttention.v"},
    {"dec.blk.#.cross_attn_o", HUG_DEC "1.EncDecAttention.o"},
    {"dec.blk.#.cross_attn_rel_b",
     HUG_DEC "1.EncDecAttention.relative_attention_bias"},
    {"dec.blk.#.ffn_norm", HUG_DEC "2.layer_norm"},
    {"dec.blk.#.ffn_up", HUG_DEC "2.DenseReluDense.wi"},
    {"dec.blk.#.ffn_gate", HUG_DEC "2.DenseReluDense.wi_0"},
    {"dec.blk.#.ffn_up", HUG_DEC "2.DenseReluDense.wi_1", Op::kCopy, false,
     "dec.blk.#.ffn_gate"},
    {"dec.blk.#.ffn_down", HUG_DEC "2.DenseReluDense.wo"},
    {"dec.output_norm", "decoder.final_layer_norm"},
};
#undef HUG_ENC
#undef HUG_DEC
constexpr std::span<const TensorRule> kRules[] = {kOwn};
constexpr std::string_view kClasses[] = {
    "T5ForConditionalGeneration", "T5WithLMHeadModel",
    "MT5ForConditionalGeneration", "UMT5ForConditionalGeneration", "UMT5Model"};
constexpr std::string_view kEncoderClasses[] = {"T5EncoderModel"};

constexpr std::string_view kDefaults =
    R"({"vocab_size": 32128, "d_model": 512, "d_kv": 64, "d_ff": 2048,
      "num_layers": 6, "num_heads": 8, "layer_norm_epsilon": 1e-6,
      "relative_attention_num_buckets": 32,
      "relative_attention_max_distance": 128, "tie_word_embeddings": true,
      "decoder_start_token_id": 0})";

constexpr KeyRule kKeys[] = {
    {"context_length", KeyKind::kCount, {"n_positions"}},
    {"embedding_length", KeyKind::kCount, {"d_model"}},
    {"feed_forward_length", KeyKind::kCount, {"d_ff"}},
    {"block_count",
     KeyKind::kCount,
     {"n_layers", "num_hidden_layers", "n_layer", "num_layers"}},
    {"decoder_block_count", KeyKind::kCount, {"num_decoder_layers"}},
    {"attention.head_count", KeyKind::kCount, {"num_heads"}},
    {"attention.key_length", KeyKind::kCount, {"d_kv"}},
    {"attention.value_length", KeyKind::kCount, {"d_kv"}},
    {"attention.layer_norm_epsilon", KeyKind::kNumber, {"layer_norm_epsilon"}},
    {"attention.relative_buckets_count",
     KeyKind::kCount,
     {"relative_attention_num_buckets"}},
    {"attention.layer_norm_rms_epsilon",
     KeyKind::kNumber,
     {"layer_norm_epsilon"}},
    {"decoder_start_token_id", KeyKind::kCount, {"decoder_start_token_id"}},
};

void prepare(Config& config) {
  if (!config.has("n_positions")) config.set_unsigned("n_positions", 512);
  if (config.has("num_decoder_layers")) return;
  if (const auto n = config.find_unsigned(
          {"n_layers", "num_hidden_layers", "n_layer", "num_layers"}))
    config.set_unsigned("num_decoder_layers", *n);
}

Result<void> write_keys(const Config& config, KeyWriter& out, bool decoder) {
  for (const KeyRule& rule : kKeys)
    if (decoder || !rule.gguf.starts_with("decoder_"))
      HUG_TRY(need_keys(config, out, std::span(&rule, 1)));
  out.file_type();
  return {};
}

Result<void> keys(const Config& config, KeyWriter& out) {
  return write_keys(config, out, true);
}

Result<void> encoder_keys(const Config& config, KeyWriter& out) {
  return write_keys(config, out, false);
}

void hug_keys(const Config& config, KeyWriter& out) {
  const auto d_model = config.find_unsigned({"d_model"});
  // T5 1.0 scales where it is tied; newer files say so themselves.
  const bool scales =
      config.find_bool({"scale_decoder_outputs"})
          .value_or(config.find_bool({"tie_word_embeddings"}).value_or(true));
  if (d_model && *d_model != 0 && scales)
    out.set(kHugLogitScale,
            static_cast<float>(1.0 / std::sqrt(static_cast<double>(*d_model))));
  if (const auto n = config.find_unsigned({"relative_attention_max_distance"}))
    out.set(kHugMaxDistance, static_cast<std::uint32_t>(*n));
  if (const auto name = config.find_string({"feed_forward_proj"}))
    out.set(kHugActivation, *name);
}

void restore(const GgufFacts& file, Config& config) {
  const auto& all = file.keys.all();
  const bool gated = file.has_tensor("enc.blk.0.ffn_gate.weight");
  const std::string kind(
      all.find_string(kHugActivation).value_or(gated ? "gated-gelu" : "relu"));
  config.set_text("feed_forward_proj", kind);
  config.set_flag("is_gated_act", gated);
  config.set_text("dense_act_fn", kind == "gated-gelu" ? "gelu_new"
                                  : gated              ? kind.substr(6)
                                                       : kind);
  if (const auto n = all.find_unsigned(kHugMaxDistance))
    config.set_unsigned("relative_attention_max_distance", *n);
  // Only files of ours tell; T5 1.0, which is tied, scales.
  const bool scales = all.contains(format::kRecipeKey)
                          ? all.contains(kHugLogitScale)
                          : !file.has_tensor("output.weight");
  config.set_flag("scale_decoder_outputs", scales);
  config.set_flag("is_encoder_decoder",
                  file.has_tensor("dec.output_norm.weight"));
}

}  // namespace

const Family kT5 = {
    .arch = "t5",
    .classes = kClasses,
    .model_type = "t5",
    .defaults = kDefaults,
    .prepare = prepare,
    .keys = keys,
    .key_rules = kKeys,
    .rules = kRules,
    .vocabulary = Vocabulary::kT5,
    .hug_keys = hug_keys,
    .restore = restore,
};

const Family kT5Encoder = {
    .arch = "t5encoder",
    .classes = kEncoderClasses,
    .model_type = "t5",
    .defaults = kDefaults,
    .prepare = prepare,
    .keys = encoder_keys,
    .key_rules = kKeys,
    .rules = kRules,
    .vocabulary = Vocabulary::kT5,
    .hug_keys = hug_keys,
    .restore = restore,
};

}  // namespace hug::arch
