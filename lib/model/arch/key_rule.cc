#include "arch/key_rule.h"

#include <algorithm>
#include <iterator>

namespace hug::arch {

namespace {

using enum KeyKind;

constexpr KeyRule kShared[] = {
    {"block_count",
     kCount,
     {"n_layers", "num_hidden_layers", "n_layer", "num_layers"},
     "num_hidden_layers"},
    {"context_length",
     kCount,
     {"max_position_embeddings", "n_ctx", "n_positions", "max_length",
      "max_sequence_length", "model_max_length"}},
    {"embedding_length", kCount, {"hidden_size", "n_embd", "dim", "d_model"}},
    {"feed_forward_length",
     kCount,
     {"prefix_dense_intermediate_size", "dense_intermediate_size",
      "intermediate_size", "n_inner", "hidden_dim"},
     "intermediate_size"},
    {"attention.head_count",
     kCount,
     {"num_attention_heads", "n_head", "n_heads"}},
    {"attention.head_count_kv", kCount, {"num_key_value_heads", "n_kv_heads"}},
    {"attention.key_length", kCount, {"head_dim"}},
    {"attention.layer_norm_rms_epsilon", kNumber, {"rms_norm_eps", "norm_eps"}},
    {"attention.layer_norm_epsilon",
     kNumber,
     {"layer_norm_eps", "layer_norm_epsilon", "norm_epsilon"}},
    {"attention.sliding_window", kCount, {"sliding_window"}},
    {"attention.clamp_kqv", kNumber, {"clip_qkv"}},
    {"expert_count",
     kCount,
     {"num_local_experts", "num_experts", "n_routed_experts"}},
    {"expert_used_count",
     kCount,
     {"num_experts_per_tok", "num_experts_per_token", "top_k_experts"}},
    {"expert_group_count", kCount, {"n_group"}},
    {"expert_group_used_count", kCount, {"topk_group"}},
    {"expert_feed_forward_length", kCount, {"moe_intermediate_size"}},
    {"expert_shared_feed_forward_length",
     kCount,
     {"shared_expert_intermediate_size"}},
    {"use_parallel_residual", kFlag, {"use_parallel_residual"}},
    {"attn_logit_softcapping", kNumber, {"attn_logit_softcapping"}},
    {"final_logit_softcapping", kNumber, {"final_logit_softcapping"}},
    {"logit_scale", kNumber, {"logit_scale"}},
    {"vocab_size", kCount, {"vocab_size"}},
};

Result<void> write_key(const Config& config, KeyWriter& out,
                       const KeyRule& rule, bool needed) {
  switch (rule.kind) {
    case kCount:
      if (const auto value = config.find_unsigned(rule.spellings())) {
        out.u32(rule.gguf, *value);
      } else if (needed) {
        return config.need_unsigned(rule.spellings()).error();
      }
      break;
    case kNumber:
      if (const auto value = config.find_number(rule.spellings())) {
        out.f32(rule.gguf, *value);
      } else if (needed) {
        return config.need_number(rule.spellings()).error();
      }
      break;
    case kFlag:
      if (const auto value = config.find_bool(rule.spellings()))
        out.boolean(rule.gguf, *value);
      break;
    case kNone:
      break;
  }
  return {};
}

}  // namespace

Spellings KeyRule::spellings() const noexcept {
  const auto* end = std::find(names.begin(), names.end(), std::string_view());
  return Spellings(
      std::span(names).first(static_cast<std::size_t>(end - names.begin())));
}

std::span<const KeyRule> shared_key_rules() noexcept {
  return kShared;
}

const KeyRule& shared_key_rule(std::string_view gguf) noexcept {
  return *std::find_if(std::begin(kShared), std::end(kShared) - 1,
                       [&](const KeyRule& r) { return r.gguf == gguf; });
}

void write_keys(const Config& config, KeyWriter& out,
                std::span<const KeyRule> rules) {
  for (const KeyRule& rule : rules)
    (void)write_key(config, out, rule, false);
}

void write_keys(const Config& config, KeyWriter& out,
                std::initializer_list<std::string_view> shared) {
  for (const std::string_view key : shared)
    (void)write_key(config, out, shared_key_rule(key), false);
}

Result<void> need_keys(const Config& config, KeyWriter& out,
                       std::span<const KeyRule> rules) {
  for (const KeyRule& rule : rules)
    HUG_TRY(write_key(config, out, rule, true));
  return {};
}

Result<void> need_keys(const Config& config, KeyWriter& out,
                       std::initializer_list<std::string_view> shared) {
  for (const std::string_view key : shared)
    HUG_TRY(write_key(config, out, shared_key_rule(key), true));
  return {};
}

}  // namespace hug::arch
