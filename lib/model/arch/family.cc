#include "arch/family.h"

#include <algorithm>

namespace hug::arch {

namespace {

void write_sizes(const Config& config, KeyWriter& out) {
  if (const auto n = config.find_unsigned(
          {"max_position_embeddings", "n_ctx", "n_positions", "max_length",
           "max_sequence_length", "model_max_length"}))
    out.u32("context_length", *n);
  if (const auto n = config.find_unsigned({"hidden_size", "n_embd", "dim"}))
    out.u32("embedding_length", *n);
  if (const auto n = config.find_unsigned(
          {"prefix_dense_intermediate_size", "dense_intermediate_size",
           "intermediate_size", "n_inner", "hidden_dim"}))
    out.u32("feed_forward_length", *n);
  if (const auto n =
          config.find_unsigned({"num_attention_heads", "n_head", "n_heads"}))
    out.u32("attention.head_count", *n);
  if (const auto n =
          config.find_unsigned({"num_key_value_heads", "n_kv_heads"})) {
    out.u32("attention.head_count_kv", *n);
  } else if (const auto list =
                 config.find_unsigned_list({"num_key_value_heads"})) {
    std::vector<std::int32_t> values;
    for (const std::uint64_t v : *list)
      values.push_back(
          static_cast<std::int32_t>(std::min<std::uint64_t>(v, 0x7fffffff)));
    out.i32s("attention.head_count_kv", std::move(values));
  }
  if (config.find_bool({"is_causal"}) == false)
    out.boolean("attention.causal", false);
}

Result<void> write_yarn(const Rope& rope, KeyWriter& out) {
  out.text("rope.scaling.type", "yarn");
  out.f32("rope.scaling.factor", *rope.factor);
  if (!rope.original_context)
    return Error(Code::kCorrupt,
                 "config.json has yarn without "
                 "'original_max_position_embeddings'");
  out.u32("rope.scaling.original_context_length",
          static_cast<std::uint64_t>(std::max(0.0, *rope.original_context)));
  if (rope.extrapolation_factor)
    out.f32("rope.scaling.yarn_ext_factor", *rope.extrapolation_factor);
  if (rope.attention_factor)
    out.f32("rope.scaling.yarn_attn_factor", *rope.attention_factor);
  if (rope.beta_fast) out.f32("rope.scaling.yarn_beta_fast", *rope.beta_fast);
  if (rope.beta_slow) out.f32("rope.scaling.yarn_beta_slow", *rope.beta_slow);
  return {};
}

Result<void> write_rope(const Config& config, KeyWriter& out) {
  const Rope rope = rope_of(config);
  if (rope.type == "linear" && rope.factor) {
    out.text("rope.scaling.type", "linear");
    out.f32("rope.scaling.factor", *rope.factor);
  } else if (rope.type == "yarn" && rope.factor) {
    HUG_TRY(write_yarn(rope, out));
  } else if (rope.type == "su" || rope.type == "longrope") {
    out.text("rope.scaling.type", "longrope");
  }
  if (!rope.sections.empty()) {
    auto sections = rope.sections;
    sections.resize(4, 0);
    out.i32s("rope.dimension_sections", sections);
  }
  if (rope.theta) out.f32("rope.freq_base", *rope.theta);
  if (const auto local = local_rope_theta(config))
    out.f32("rope.freq_base_swa", *local);
  return {};
}

void write_norms(const Config& config, KeyWriter& out) {
  if (const auto eps = config.find_number({"rms_norm_eps", "norm_eps"}))
    out.f32("attention.layer_norm_rms_epsilon", *eps);
  if (const auto eps = config.find_number(
          {"layer_norm_eps", "layer_norm_epsilon", "norm_epsilon"}))
    out.f32("attention.layer_norm_epsilon", *eps);
}

Result<void> write_experts(const Config& config, KeyWriter& out) {
  if (const auto n = config.find_unsigned(
          {"num_local_experts", "num_experts", "n_routed_experts"}))
    out.u32("expert_count", *n);
  if (const auto n = config.find_unsigned(
          {"num_experts_per_tok", "num_experts_per_token", "top_k_experts"}))
    out.u32("expert_used_count", *n);
  if (const auto n = config.find_unsigned({"n_group"}))
    out.u32("expert_group_count", *n);
  if (const auto n = config.find_unsigned({"topk_group"}))
    out.u32("expert_group_used_count", *n);
  const auto gating = config.find_string(
      {"score_function", "scoring_func", "score_func", "moe_router_activation",
       "moe_router_activation_func", "expert_selection_fn"});
  if (!gating) return {};
  if (*gating == "softmax") {
    out.u32("expert_gating_func", 1);
  } else if (*gating == "sigmoid") {
    out.u32("expert_gating_func", 2);
  } else if (*gating == "sqrtsoftplus") {
    out.u32("expert_gating_func", 4);
  } else {
    return Error(Code::kUnsupported, "config.json scores experts with '" +
                                         *gating +
                                         "', which has no number in gguf");
  }
  return {};
}

}  // namespace

Result<void> write_common_keys(const Config& config, KeyWriter& out) {
  out.u32("block_count",
          HUG_TRY(config.need_unsigned(
              {"n_layers", "num_hidden_layers", "n_layer", "num_layers"})));
  write_sizes(config, out);
  HUG_TRY(write_rope(config, out));
  write_norms(config, out);
  HUG_TRY(write_experts(config, out));
  if (const auto dim = config.find_unsigned({"head_dim"})) {
    out.u32("attention.key_length", *dim);
    out.u32("attention.value_length", *dim);
  }
  out.file_type();
  return {};
}

std::uint64_t plain_head_dim(const Config& config) {
  const auto n_embd = config.find_unsigned({"hidden_size", "n_embd"});
  const auto n_head = config.find_unsigned({"num_attention_heads", "n_head"});
  return n_embd && n_head && *n_head != 0 ? *n_embd / *n_head : 0;
}

std::vector<bool> sliding_layers(const Config& config) {
  std::vector<bool> out;
  if (const auto kinds = config.find_strings({"layer_types"}))
    for (const std::string& kind : *kinds)
      out.push_back(kind == "sliding_attention");
  return out;
}

Result<Config> settle(const Family& family, Config config) {
  config.set_defaults(family.defaults);
  if (family.prepare != nullptr) family.prepare(config);
  config.settle_rope();
  return config;
}

Geometry geometry_of(const Family& family, const Config& config) {
  Geometry out;
  const auto number = [&](Spellings keys) {
    return config.find_unsigned(keys).value_or(0);
  };
  out.n_layer =
      number({"n_layers", "num_hidden_layers", "n_layer", "num_layers"});
  out.n_embd = number({"hidden_size", "n_embd", "dim", "d_model"});
  out.n_head = number({"num_attention_heads", "n_head", "n_heads"});
  out.n_head_kv = number({"num_key_value_heads", "n_kv_heads"});
  if (out.n_head_kv == 0) out.n_head_kv = out.n_head;
  out.head_dim = number({"head_dim"});
  if (out.head_dim == 0) out.head_dim = plain_head_dim(config);
  out.n_rot = out.head_dim;
  out.n_expert =
      number({"num_local_experts", "num_experts", "n_routed_experts"});
  if (family.geometry != nullptr) family.geometry(config, out);
  return out;
}

}  // namespace hug::arch
