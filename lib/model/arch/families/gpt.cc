// GPT-2 (weights stored transposed), GPT-NeoX (q, k, v of each head together)
// and StarCoder 2.
#include "arch/common_rules.h"
#include "arch/families.h"
#include "arch/hug_keys.h"

namespace hug::arch {

namespace {

constexpr TensorRule kGpt2Own[] = {
    {"token_embd", "wte"},
    {"position_embd", "wpe"},
    {"output_norm", "ln_f"},
    {"output", "lm_head"},
    {"blk.#.attn_norm", "h.#.ln_1"},
    {"blk.#.attn_qkv.weight", "h.#.attn.c_attn.weight", Op::kTranspose, true},
    {"blk.#.attn_qkv", "h.#.attn.c_attn"},
    {"blk.#.attn_output.weight", "h.#.attn.c_proj.weight", Op::kTranspose,
     true},
    {"blk.#.attn_output", "h.#.attn.c_proj"},
    {"blk.#.ffn_norm", "h.#.ln_2"},
    {"blk.#.ffn_up.weight", "h.#.mlp.c_fc.weight", Op::kTranspose, true},
    {"blk.#.ffn_up", "h.#.mlp.c_fc"},
    {"blk.#.ffn_down.weight", "h.#.mlp.c_proj.weight", Op::kTranspose, true},
    {"blk.#.ffn_down", "h.#.mlp.c_proj"},
    // causal masks that old checkpoints carry
    {"", "h.#.attn.bias", Op::kDrop, true},
    {"", "h.#.attn.masked_bias", Op::kDrop, true},
};
constexpr TensorRule kNeoxOwn[] = {
    {"token_embd", "gpt_neox.embed_in"},
    {"output_norm", "gpt_neox.final_layer_norm"},
    {"output", "embed_out"},
    {"blk.#.attn_norm", "gpt_neox.layers.#.input_layernorm"},
    {"blk.#.attn_qkv", "gpt_neox.layers.#.attention.query_key_value",
     Op::kHeadwiseQkv},
    {"blk.#.attn_output", "gpt_neox.layers.#.attention.dense"},
    {"blk.#.ffn_norm", "gpt_neox.layers.#.post_attention_layernorm"},
    {"blk.#.ffn_up", "gpt_neox.layers.#.mlp.dense_h_to_4h"},
    {"blk.#.ffn_down", "gpt_neox.layers.#.mlp.dense_4h_to_h"},
};
constexpr TensorRule kStarcoderOwn[] = {
    {"blk.#.ffn_up", "model.layers.#.mlp.c_fc"},
    {"blk.#.ffn_down", "model.layers.#.mlp.c_proj"},
};
constexpr std::span<const TensorRule> kGpt2Rules[] = {kGpt2Own};
constexpr std::span<const TensorRule> kNeoxRules[] = {kNeoxOwn};
constexpr std::span<const TensorRule> kStarcoderRules[] = {
    kStarcoderOwn, kModelRules, kLayerNormRules, kAttentionRules};
constexpr std::string_view kGpt2Classes[] = {"GPT2LMHeadModel"};
constexpr std::string_view kNeoxClasses[] = {"GPTNeoXForCausalLM"};
constexpr std::string_view kStarcoderClasses[] = {"Starcoder2ForCausalLM"};
constexpr std::string_view kGpt2Strip[] = {"transformer."};

constexpr KeyRule kGpt2Keys[] = {
    {"feed_forward_length", KeyKind::kCount, {"n_inner"}},
};

Result<void> gpt2_keys(const Config& config, KeyWriter& out) {
  const auto n_embd = HUG_TRY(config.need_unsigned({"n_embd"}));
  out.u32("block_count",
          HUG_TRY(config.need_unsigned({"n_layers", "n_layer"})));
  out.u32("context_length",
          HUG_TRY(config.need_unsigned({"n_ctx", "n_positions"})));
  out.u32("embedding_length", n_embd);
  out.u32("feed_forward_length", 4 * n_embd);
  out.u32("attention.head_count", HUG_TRY(config.need_unsigned({"n_head"})));
  out.f32("attention.layer_norm_epsilon",
          HUG_TRY(config.need_number({"layer_norm_epsilon"})));
  out.file_type();
  return {};
}

Result<void> neox_keys(const Config& config, KeyWriter& out) {
  out.u32("context_length",
          HUG_TRY(config.need_unsigned({"max_position_embeddings"})));
  out.u32("embedding_length", HUG_TRY(config.need_unsigned({"hidden_size"})));
  out.u32("block_count", HUG_TRY(config.need_unsigned({"num_hidden_layers"})));
  out.u32("feed_forward_length",
          HUG_TRY(config.need_unsigned({"intermediate_size"})));
  const double share = config.find_number({"rotary_pct"})
                           .value_or(rope_of(config).partial.value_or(0.25));
  const double dim = static_cast<double>(plain_head_dim(config));
  out.u32("rope.dimension_count", share >= 0 && share <= 1
                                      ? static_cast<std::uint64_t>(share * dim)
                                      : 0);
  out.u32("attention.head_count",
          HUG_TRY(config.need_unsigned({"num_attention_heads"})));
  out.boolean("use_parallel_residual",
              config.find_bool({"use_parallel_residual"}).value_or(true));
  out.f32("attention.layer_norm_epsilon",
          HUG_TRY(config.need_number({"layer_norm_eps"})));
  return {};  // the reference writes no file type here
}

// What the class makes of it where it is null.
void restore_gpt2(const GgufFacts&, Config& config) {
  const auto n = config.find_unsigned({"n_embd"});
  if (n && config.find_unsigned({"n_inner"}) == 4 * *n)
    config.set_null("n_inner");
}

void restore_neox(const GgufFacts& file, Config& config) {
  restore_partial(file, config, "rotary_pct");
}

void activation_keys(const Config& config, KeyWriter& out) {
  if (const auto name =
          config.find_string({"hidden_act", "activation_function"}))
    out.set(kHugActivation, *name);
}

void window_keys(const Config& config, KeyWriter& out) {
  if (const auto window = config.find_unsigned({"sliding_window"}))
    out.set(kHugWindow, static_cast<std::uint32_t>(*window));
}

}  // namespace

const Family kGpt2 = {
    .arch = "gpt2",
    .classes = kGpt2Classes,
    .model_type = "gpt2",
    .defaults = R"({"vocab_size": 50257, "n_positions": 1024, "n_embd": 768,
      "n_layer": 12, "n_head": 12, "layer_norm_epsilon": 1e-5,
      "activation_function": "gelu_new"})",
    .keys = gpt2_keys,
    .key_rules = kGpt2Keys,
    .rules = kGpt2Rules,
    .strip = kGpt2Strip,
    .restore = restore_gpt2,
};

const Family kGptNeox = {
    .arch = "gptneox",
    .classes = kNeoxClasses,
    .model_type = "gpt_neox",
    .defaults = R"({"vocab_size": 50432, "max_position_embeddings": 2048,
      "layer_norm_eps": 1e-5, "use_parallel_residual": true,
      "num_attention_heads": 64, "hidden_act": "gelu",
      "rotary_emb_base": 10000, "attention_bias": true})",
    .keys = neox_keys,
    .rules = kNeoxRules,
    .hug_keys = activation_keys,
    .restore = restore_neox,
};

const Family kStarcoder2 = {
    .arch = "starcoder2",
    .classes = kStarcoderClasses,
    .model_type = "starcoder2",
    .defaults = R"({"vocab_size": 49152, "max_position_embeddings": 4096,
      "norm_epsilon": 1e-5, "rope_theta": 10000.0, "num_attention_heads": 24,
      "num_key_value_heads": 2, "hidden_act": "gelu_pytorch_tanh",
      "use_bias": true})",
    .keys = write_common_keys,
    .rules = kStarcoderRules,
    .hug_keys = window_keys,
};

}  // namespace hug::arch
