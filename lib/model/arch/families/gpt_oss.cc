// gpt-oss: experts in MXFP4 with gate and up rows in turn, attention sinks.
#include <nlohmann/json.hpp>

#include "arch/common_rules.h"
#include "arch/families.h"
#include "arch/hug_keys.h"

namespace hug::arch {

namespace {

#define HUG_EXPERTS "model.layers.#.mlp.experts."
constexpr TensorRule kOwn[] = {
    {"blk.#.post_attention_norm", "model.layers.#.post_attention_layernorm"},
    {"blk.#.attn_sinks.weight", "model.layers.#.self_attn.sinks", Op::kCopy,
     true},
    {"blk.#.ffn_gate_inp", "model.layers.#.mlp.router"},
    {"blk.#.ffn_down_exps.bias", HUG_EXPERTS "down_proj_bias", Op::kCopy, true},
    {"blk.#.ffn_gate_exps.bias", HUG_EXPERTS "gate_up_proj_bias", Op::kEvenLast,
     true},
    {"blk.#.ffn_up_exps.bias", HUG_EXPERTS "gate_up_proj_bias", Op::kOddLast,
     true},
    {"blk.#.ffn_down_exps.weight", HUG_EXPERTS "down_proj_blocks", Op::kMxfp4,
     true},
    {"blk.#.ffn_gate_exps.weight", HUG_EXPERTS "gate_up_proj_blocks",
     Op::kMxfp4Even, true},
    {"blk.#.ffn_up_exps.weight", HUG_EXPERTS "gate_up_proj_blocks",
     Op::kMxfp4Odd, true},
    {"", HUG_EXPERTS "down_proj_scales", Op::kMxfp4Scales, true},
    {"", HUG_EXPERTS "gate_up_proj_scales", Op::kMxfp4Scales, true},
    {"blk.#.ffn_down_exps.weight", HUG_EXPERTS "down_proj", Op::kTranspose,
     true},
    {"blk.#.ffn_up_exps.weight", HUG_EXPERTS "gate_up_proj", Op::kOddTransposed,
     true},
    {"blk.#.ffn_gate_exps.weight", HUG_EXPERTS "gate_up_proj",
     Op::kEvenTransposed, true},
};
#undef HUG_EXPERTS
constexpr std::span<const TensorRule> kRules[] = {
    kOwn, kModelRules, kLayerNormRules, kAttentionRules};
constexpr std::string_view kClasses[] = {"GptOssForCausalLM"};

constexpr KeyRule kKeys[] = {{"expert_feed_forward_length", KeyKind::kNone}};

Result<void> keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  HUG_TRY(need_keys(config, out, {"attention.sliding_window"}));
  out.u32("expert_feed_forward_length",
          HUG_TRY(config.need_unsigned({"intermediate_size"})));
  return {};
}

void hug_keys(const Config& config, KeyWriter& out) {
  if (rope_of(config).truncate == false) out.set(kHugYarnTruncate, false);
}

// Every other layer has the window; that it is so stands nowhere in gguf.
void restore(const GgufFacts& file, Config& config) {
  std::vector<bool> layers;
  for (std::uint64_t i = 0; i < file.keys.count("block_count"); ++i)
    layers.push_back(i % 2 == 0);
  set_sliding_layers(config, layers);
  if (file.keeps_mxfp4)
    config.set("quantization_config",
               {{"quant_method", "mxfp4"},
                {"modules_to_not_convert",
                 {"model.layers.*.self_attn", "model.layers.*.mlp.router",
                  "model.embed_tokens", "lm_head"}}});
}

}  // namespace

const Family kGptOss = {
    .arch = "gpt-oss",
    .classes = kClasses,
    .model_type = "gpt_oss",
    .defaults = R"({"vocab_size": 201088, "max_position_embeddings": 131072,
      "rms_norm_eps": 1e-5, "rope_theta": 150000.0, "num_attention_heads": 64,
      "num_key_value_heads": 8, "head_dim": 64, "num_local_experts": 128,
      "num_experts_per_tok": 4, "sliding_window": 128,
      "intermediate_size": 2880, "hidden_act": "silu",
      "attention_bias": true, "swiglu_limit": 7.0})",
    .keys = keys,
    .key_rules = kKeys,
    .rules = kRules,
    .hug_keys = hug_keys,
    .restore = restore,
};

}  // namespace hug::arch
