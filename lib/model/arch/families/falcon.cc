// Falcon: queries of a group, then its key and its value, in one tensor.
#include "arch/families.h"
#include "arch/hug_keys.h"

namespace hug::arch {

namespace {

constexpr TensorRule kOwn[] = {
    {"token_embd", "transformer.word_embeddings"},
    {"output_norm", "transformer.ln_f"},
    {"output", "lm_head"},
    {"blk.#.attn_norm", "transformer.h.#.input_layernorm"},
    {"blk.#.attn_norm", "transformer.h.#.ln_mlp", Op::kCopy, false,
     "blk.#.attn_norm_2"},
    {"blk.#.attn_norm_2", "transformer.h.#.ln_attn"},
    {"blk.#.attn_qkv", "transformer.h.#.self_attention.query_key_value",
     Op::kGroupedQkv},
    {"blk.#.attn_output", "transformer.h.#.self_attention.dense"},
    {"blk.#.ffn_up", "transformer.h.#.mlp.dense_h_to_4h"},
    {"blk.#.ffn_down", "transformer.h.#.mlp.dense_4h_to_h"},
};
constexpr std::span<const TensorRule> kRules[] = {kOwn};
constexpr std::string_view kClasses[] = {"FalconForCausalLM", "RWForCausalLM"};

constexpr KeyRule kKeys[] = {
    {"feed_forward_length", KeyKind::kCount, {"ffn_hidden_size"}},
    {"attention.head_count_kv", KeyKind::kNone},
};

// The class ignores the number that config.json gives when all queries share
// one key.
std::uint64_t n_head_kv(const Config& config) {
  const auto n_head =
      config.find_unsigned({"num_attention_heads", "n_head"}).value_or(1);
  if (config.find_bool({"new_decoder_architecture"}) == true)
    return config.find_unsigned({"num_kv_heads"})
        .value_or(config.find_unsigned({"n_head_kv"}).value_or(n_head));
  if (config.find_bool({"multi_query"}).value_or(true)) return 1;
  return n_head;
}

Result<void> keys(const Config& config, KeyWriter& out) {
  const auto n_embd = HUG_TRY(config.need_unsigned({"hidden_size"}));
  out.u32("context_length", 2048);  // config.json does not tell
  out.text("tensor_data_layout", "jploski");
  out.u32("embedding_length", n_embd);
  out.u32("feed_forward_length", 4 * n_embd);
  out.u32("block_count", HUG_TRY(config.need_unsigned(
                             {"n_layers", "num_hidden_layers", "n_layer"})));
  out.u32("attention.head_count",
          HUG_TRY(config.need_unsigned({"num_attention_heads", "n_head"})));
  out.u32("attention.head_count_kv", n_head_kv(config));
  out.f32("attention.layer_norm_epsilon",
          HUG_TRY(config.need_number({"layer_norm_epsilon"})));
  out.file_type();
  return {};
}

void geometry(const Config& config, Geometry& out) {
  out.n_head_kv = n_head_kv(config);
}

void activation_keys(const Config& config, KeyWriter& out) {
  out.set(kHugActivation, config.find_string({"activation"}).value_or("gelu"));
}

void restore(const GgufFacts& file, Config& config) {
  const std::uint64_t n_head = file.keys.count("attention.head_count");
  const std::uint64_t n_kv = file.keys.count("attention.head_count_kv", n_head);
  const bool two_norms = file.has_tensor("blk.0.attn_norm_2.weight");
  const bool is_new = two_norms || (n_kv != 1 && n_kv != n_head);
  config.set_flag("new_decoder_architecture", is_new);
  config.set_flag("multi_query", is_new || n_kv == 1);
  if (is_new) config.set_unsigned("num_kv_heads", n_kv);
  if (is_new) config.set_unsigned("num_ln_in_parallel_attn", two_norms ? 2 : 1);
}

}  // namespace

const Family kFalcon = {
    .arch = "falcon",
    .classes = kClasses,
    .model_type = "falcon",
    .defaults = R"({"vocab_size": 65024, "layer_norm_epsilon": 1e-5,
      "activation": "gelu", "alibi": false, "bias": false,
      "parallel_attn": true, "rope_theta": 10000.0})",
    .keys = keys,
    .key_rules = kKeys,
    .rules = kRules,
    .geometry = geometry,
    .hug_keys = activation_keys,
    .restore = restore,
};

}  // namespace hug::arch
