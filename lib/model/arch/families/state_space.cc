// Mamba, and LFM2, which mixes short convolutions with attention.
#include <algorithm>

#include "arch/common_rules.h"
#include "arch/families.h"

namespace hug::arch {

namespace {

constexpr TensorRule kMambaOwn[] = {
    {"token_embd", "backbone.embeddings"},
    {"token_embd", "backbone.embedding"},
    {"output_norm", "backbone.norm_f"},
    {"output", "lm_head", Op::kUnlessTied},
    {"blk.#.attn_norm", "backbone.layers.#.norm"},
    {"blk.#.ssm_in", "backbone.layers.#.mixer.in_proj"},
    {"blk.#.ssm_conv1d.weight", "backbone.layers.#.mixer.conv1d.weight",
     Op::kSqueeze, true},
    {"blk.#.ssm_conv1d", "backbone.layers.#.mixer.conv1d"},
    {"blk.#.ssm_x", "backbone.layers.#.mixer.x_proj"},
    {"blk.#.ssm_dt", "backbone.layers.#.mixer.dt_proj"},
    {"blk.#.ssm_a", "backbone.layers.#.mixer.A_log", Op::kNegExp, true},
    {"blk.#.ssm_d", "backbone.layers.#.mixer.D", Op::kCopy, true},
    {"blk.#.ssm_out", "backbone.layers.#.mixer.out_proj"},
};
constexpr TensorRule kLfm2Own[] = {
    {"token_embd_norm", "model.embedding_norm"},
    {"blk.#.attn_norm", "model.layers.#.operator_norm"},
    {"blk.#.ffn_norm", "model.layers.#.ffn_norm"},
    {"blk.#.ffn_gate", "model.layers.#.feed_forward.w1"},
    {"blk.#.ffn_down", "model.layers.#.feed_forward.w2"},
    {"blk.#.ffn_up", "model.layers.#.feed_forward.w3"},
    {"blk.#.attn_output", "model.layers.#.self_attn.out_proj"},
    {"blk.#.attn_q_norm", "model.layers.#.self_attn.q_layernorm"},
    {"blk.#.attn_k_norm", "model.layers.#.self_attn.k_layernorm"},
    {"blk.#.shortconv.conv", "model.layers.#.conv.conv", Op::kSqueeze},
    {"blk.#.shortconv.in_proj", "model.layers.#.conv.in_proj"},
    {"blk.#.shortconv.out_proj", "model.layers.#.conv.out_proj"},
};
constexpr std::span<const TensorRule> kMambaRules[] = {kMambaOwn};
constexpr std::span<const TensorRule> kLfm2Rules[] = {kLfm2Own, kModelRules,
                                                      kAttentionRules};
constexpr std::string_view kMambaClasses[] = {
    "MambaForCausalLM", "MambaLMHeadModel", "FalconMambaForCausalLM"};
constexpr std::string_view kLfm2Classes[] = {"Lfm2ForCausalLM",
                                             "LFM2ForCausalLM"};

constexpr KeyRule kMambaKeys[] = {
    {"ssm.conv_kernel", KeyKind::kCount, {"conv_kernel", "d_conv"}},
    {"ssm.inner_size", KeyKind::kCount, {"intermediate_size", "d_inner"}},
    {"ssm.state_size", KeyKind::kCount, {"state_size", "d_state"}},
    {"ssm.time_step_rank", KeyKind::kCount, {"time_step_rank", "dt_rank"}},
    {"attention.layer_norm_rms_epsilon",
     KeyKind::kNumber,
     {"layer_norm_epsilon", "rms_norm_eps"}},
    {"context_length", KeyKind::kNone},
    {"feed_forward_length", KeyKind::kNone},
    {"attention.head_count", KeyKind::kNone},
};
constexpr KeyRule kLfm2Keys[] = {
    {"shortconv.l_cache", KeyKind::kCount, {"conv_L_cache"}},
    {"attention.layer_norm_rms_epsilon", KeyKind::kNumber, {"norm_eps"}},
};

Result<void> mamba_keys(const Config& config, KeyWriter& out) {
  const auto d_model =
      HUG_TRY(config.need_unsigned({"hidden_size", "d_model"}));
  const auto or_if_zero = [](std::optional<std::uint64_t> value,
                             std::uint64_t fallback) {
    return value.value_or(0) != 0 ? *value : fallback;
  };
  const auto d_inner = or_if_zero(
      config.find_unsigned({"intermediate_size", "d_inner"}), 2 * d_model);
  if (d_inner != 2 * d_model)
    return Error(Code::kUnsupported,
                 "mamba with an inner size that is not twice the hidden size");
  out.u32("context_length", 1U << 20);
  out.u32("embedding_length", d_model);
  out.u32("feed_forward_length", 0);
  out.u32("attention.head_count", 0);
  out.u32("block_count", HUG_TRY(config.need_unsigned(
                             {"n_layers", "num_hidden_layers", "n_layer"})));
  out.u32("ssm.conv_kernel",
          or_if_zero(config.find_unsigned({"conv_kernel", "d_conv"}), 4));
  out.u32("ssm.inner_size", d_inner);
  out.u32("ssm.state_size",
          or_if_zero(config.find_unsigned({"state_size", "d_state"}), 16));
  out.u32("ssm.time_step_rank",
          or_if_zero(config.find_unsigned({"time_step_rank", "dt_rank"}),
                     (d_model + 15) / 16));
  out.f32("attention.layer_norm_rms_epsilon",
          config.find_number({"layer_norm_epsilon", "rms_norm_eps"})
              .value_or(1e-5));
  out.boolean("ssm.dt_b_c_rms", config.model_type() == "falcon_mamba");
  out.file_type();
  return {};
}

std::uint64_t feed_forward(const Config& config) {
  const auto number = [&](std::string_view key, double fallback) {
    return config.find_number({key}).value_or(fallback);
  };
  auto size = config.find_unsigned({"block_ff_dim", "intermediate_size"})
                  .value_or(12288);
  if (!config.find_bool({"block_auto_adjust_ff_dim"}).value_or(true))
    return size;
  size = 2 * size / 3;
  const double scaled =
      number("block_ffn_dim_multiplier", 1.0) * static_cast<double>(size);
  if (scaled >= 0 && scaled < 0x1p31) size = static_cast<std::uint64_t>(scaled);
  const auto multiple = config.find_unsigned({"block_multiple_of"}).value_or(1);
  return multiple == 0 ? size : (size + multiple - 1) / multiple * multiple;
}

Result<void> lfm2_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  HUG_TRY(need_keys(config, out, {"vocab_size"}));
  HUG_TRY(need_keys(config, out, kLfm2Keys));
  out.u32("feed_forward_length", feed_forward(config));
  return {};
}

// Layers with a convolution have no keys.
void prepare_lfm2(Config& config) {
  const auto n_kv = config.find_unsigned({"num_key_value_heads"}).value_or(8);
  const auto n_layer = config.find_unsigned({"num_hidden_layers"}).value_or(0);
  const auto kinds = config.find_strings({"layer_types"});
  const auto full = config.find_unsigned_list({"full_attn_idxs"});
  std::vector<std::uint64_t> heads;
  for (std::uint64_t i = 0; i < n_layer && i < 4096; ++i) {
    bool attends = true;
    if (kinds && i < kinds->size()) {
      attends = (*kinds)[i] != "conv";
    } else if (full) {
      attends = std::find(full->begin(), full->end(), i) != full->end();
    }
    heads.push_back(attends ? n_kv : 0);
  }
  config.set_unsigned_list("num_key_value_heads", heads);
}

void restore_mamba(const GgufFacts& file, Config& config) {
  config.set_unsigned("expand", 2);  // no other is converted
  if (!file.keys.flag("ssm.dt_b_c_rms", false)) return;
  config.set_architecture("FalconMambaForCausalLM");
  config.set_text("model_type", "falcon_mamba");
}

void restore_lfm2(const GgufFacts& file, Config& config) {
  config.set_flag("block_auto_adjust_ff_dim", false);
  const auto heads = file.keys.per_layer("attention.head_count_kv",
                                         file.keys.count("block_count"), 0);
  if (!heads) return;
  std::vector<std::string> kinds;
  for (const std::uint64_t n : *heads) {
    kinds.emplace_back(n != 0 ? "full_attention" : "conv");
    if (n != 0) config.set_unsigned("num_key_value_heads", n);
  }
  config.set_texts("layer_types", kinds);
}

}  // namespace

const Family kMamba = {
    .arch = "mamba",
    .classes = kMambaClasses,
    .model_type = "mamba",
    .defaults = R"({"layer_norm_epsilon": 1e-5, "hidden_act": "silu",
      "use_bias": false, "use_conv_bias": true})",
    .keys = mamba_keys,
    .key_rules = kMambaKeys,
    .rules = kMambaRules,
    .vocabulary = Vocabulary::kMamba,
    .restore = restore_mamba,
};

const Family kLfm2 = {
    .arch = "lfm2",
    .classes = kLfm2Classes,
    .model_type = "lfm2",
    .defaults = R"({"vocab_size": 65536, "max_position_embeddings": 128000,
      "norm_eps": 1e-5, "rope_theta": 1000000.0, "num_attention_heads": 32,
      "num_key_value_heads": 8, "conv_L_cache": 3, "block_multiple_of": 256,
      "block_ffn_dim_multiplier": 1.0, "block_auto_adjust_ff_dim": true,
      "intermediate_size": 12288, "conv_bias": false})",
    .prepare = prepare_lfm2,
    .keys = lfm2_keys,
    .key_rules = kLfm2Keys,
    .rules = kLfm2Rules,
    .restore = restore_lfm2,
};

}  // namespace hug::arch
