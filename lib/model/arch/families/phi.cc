// Phi-2 (attention and MLP side by side) and Phi-3 (fused projections).
#include <algorithm>
#include <cmath>

#include "arch/common_rules.h"
#include "arch/families.h"

namespace hug::arch {

namespace {

constexpr TensorRule kPhi2Own[] = {
    {"output_norm", "model.final_layernorm"},
    {"blk.#.attn_output", "model.layers.#.self_attn.dense"},
    {"blk.#.ffn_up", "model.layers.#.mlp.fc1"},
    {"blk.#.ffn_down", "model.layers.#.mlp.fc2"},
};
constexpr TensorRule kPhi3Own[] = {
    {"blk.#.attn_qkv", "model.layers.#.self_attn.qkv_proj"},
    {"blk.#.ffn_up", "model.layers.#.mlp.gate_up_proj"},
};
constexpr std::span<const TensorRule> kPhi2Rules[] = {
    kPhi2Own, kModelRules, kLayerNormRules, kAttentionRules};
constexpr std::span<const TensorRule> kPhi3Rules[] = {
    kPhi3Own, kModelRules, kLayerNormRules, kAttentionRules, kGatedMlpRules};
constexpr std::string_view kPhi2Classes[] = {"PhiForCausalLM"};
constexpr std::string_view kPhi3Classes[] = {"Phi3ForCausalLM",
                                             "Phi4ForCausalLMV"};

std::uint64_t rotated(double share, std::uint64_t n_embd,
                      std::uint64_t n_head) {
  const double all = share * static_cast<double>(n_embd);
  if (n_head == 0 || !(all >= 0 && all < 0x1p53)) return 0;
  return static_cast<std::uint64_t>(all) / n_head;
}

Result<void> phi2_keys(const Config& config, KeyWriter& out) {
  const auto n_embd = HUG_TRY(config.need_unsigned({"hidden_size", "n_embd"}));
  const auto n_head =
      HUG_TRY(config.need_unsigned({"num_attention_heads", "n_head"}));
  out.u32("context_length", HUG_TRY(config.need_unsigned(
                                {"n_positions", "max_position_embeddings"})));
  out.u32("embedding_length", n_embd);
  out.u32("feed_forward_length", 4 * n_embd);
  out.u32("block_count", HUG_TRY(config.need_unsigned(
                             {"n_layers", "num_hidden_layers", "n_layer"})));
  out.u32("attention.head_count", n_head);
  out.u32("attention.head_count_kv", n_head);
  out.f32(
      "attention.layer_norm_epsilon",
      HUG_TRY(config.need_number({"layer_norm_epsilon", "layer_norm_eps"})));
  out.u32("rope.dimension_count",
          rotated(rope_of(config).partial.value_or(0.5), n_embd, n_head));
  out.file_type();
  out.set("tokenizer.ggml.add_bos_token", false);
  return {};
}

Result<void> phi3_keys(const Config& config, KeyWriter& out) {
  const Rope rope = rope_of(config);
  const auto n_embd = HUG_TRY(config.need_unsigned({"hidden_size", "n_embd"}));
  const auto n_head =
      HUG_TRY(config.need_unsigned({"num_attention_heads", "n_head"}));
  out.u32("context_length", HUG_TRY(config.need_unsigned(
                                {"n_positions", "max_position_embeddings"})));
  out.u32("rope.scaling.original_context_length",
          static_cast<std::uint64_t>(
              std::max(0.0, rope.original_context.value_or(4096))));
  out.u32("embedding_length", n_embd);
  out.u32("feed_forward_length",
          HUG_TRY(config.need_unsigned({"intermediate_size"})));
  out.u32("block_count", HUG_TRY(config.need_unsigned({"num_hidden_layers"})));
  out.u32("attention.head_count", n_head);
  out.u32("attention.head_count_kv",
          HUG_TRY(config.need_unsigned({"num_key_value_heads", "n_head_kv"})));
  out.f32("attention.layer_norm_rms_epsilon",
          HUG_TRY(config.need_number({"rms_norm_eps"})));
  out.u32("rope.dimension_count",
          rotated(rope.partial.value_or(1.0), n_embd, n_head));
  out.f32("rope.freq_base", rope.theta.value_or(10000.0));
  out.file_type();
  out.u32("attention.sliding_window",
          config.find_unsigned({"sliding_window"}).value_or(0));
  return {};
}

// Longer contexts than the one trained on scale attention.
void longrope_keys(const Config& config, KeyWriter& out) {
  const Rope rope = rope_of(config);
  if (rope.long_factors.empty()) return;
  const double original = rope.original_context.value_or(4096);
  const auto context =
      config.find_unsigned({"n_positions", "max_position_embeddings"});
  if (!context || original <= 1) return;
  const double scale = static_cast<double>(*context) / original;
  double factor = 1.0;
  if (scale > 1.0)
    factor = rope.type == "yarn"
                 ? 0.1 * std::log(scale) + 1.0
                 : std::sqrt(1 + std::log(scale) / std::log(original));
  out.f32("rope.scaling.attn_factor", factor);
}

std::vector<ExtraTensor> longrope_tensors(const Config& config) {
  const Rope rope = rope_of(config);
  if (rope.long_factors.empty() ||
      rope.long_factors.size() != rope.short_factors.size())
    return {};
  std::vector<ExtraTensor> out(2);
  out[0].name = "rope_factors_long.weight";
  out[1].name = "rope_factors_short.weight";
  for (const double f : rope.long_factors)
    out[0].values.push_back(static_cast<float>(f));
  for (const double f : rope.short_factors)
    out[1].values.push_back(static_cast<float>(f));
  return out;
}

constexpr KeyRule kPhi3Keys[] = {
    {"rope.scaling.original_context_length",
     KeyKind::kCount,
     {"original_max_position_embeddings"}},
};

void restore_phi3(const GgufFacts&, Config& config) {
  if (config.find_unsigned({"sliding_window"}) == 0)
    config.set_null("sliding_window");
}

}  // namespace

const Family kPhi2 = {
    .arch = "phi2",
    .classes = kPhi2Classes,
    .model_type = "phi",
    .defaults = R"({"vocab_size": 51200, "max_position_embeddings": 2048,
      "layer_norm_eps": 1e-5, "rope_theta": 10000.0,
      "partial_rotary_factor": 0.5, "num_attention_heads": 32,
      "hidden_act": "gelu_new", "qk_layernorm": false})",
    .keys = phi2_keys,
    .rules = kPhi2Rules,
};

const Family kPhi3 = {
    .arch = "phi3",
    .classes = kPhi3Classes,
    .model_type = "phi3",
    .defaults = R"({"vocab_size": 32064, "max_position_embeddings": 4096,
      "original_max_position_embeddings": 4096, "rms_norm_eps": 1e-5,
      "rope_theta": 10000.0, "partial_rotary_factor": 1.0,
      "num_attention_heads": 32, "hidden_act": "silu"})",
    .prepare = fill_kv_heads,
    .keys = phi3_keys,
    .key_rules = kPhi3Keys,
    .early_keys = longrope_keys,
    .rules = kPhi3Rules,
    .vocabulary = Vocabulary::kPhi3,
    .extras = longrope_tensors,
    .restore = restore_phi3,
};

}  // namespace hug::arch
