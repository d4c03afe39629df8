#include "arch/family.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace hug::arch {

namespace {

// One number, or one a layer where layers differ.
void write_kv_heads(const Config& config, KeyWriter& out) {
  write_keys(config, out, {"attention.head_count_kv"});
  const auto list = config.find_unsigned_list({"num_key_value_heads"});
  if (!list) return;
  std::vector<std::int32_t> values;
  for (const std::uint64_t v : *list)
    values.push_back(
        static_cast<std::int32_t>(std::min<std::uint64_t>(v, 0x7fffffff)));
  out.i32s("attention.head_count_kv", std::move(values));
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

Result<void> write_experts(const Config& config, KeyWriter& out) {
  write_keys(config, out,
             {"expert_count", "expert_used_count", "expert_group_count",
              "expert_group_used_count"});
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
  HUG_TRY(need_keys(config, out, {"block_count"}));
  write_keys(config, out,
             {"context_length", "embedding_length", "feed_forward_length",
              "attention.head_count"});
  write_kv_heads(config, out);
  if (config.find_bool({"is_causal"}) == false)
    out.boolean("attention.causal", false);
  HUG_TRY(write_rope(config, out));
  write_keys(
      config, out,
      {"attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon"});
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

void set_sliding_layers(Config& config, const std::vector<bool>& layers) {
  std::vector<std::string> kinds;
  for (const bool slides : layers)
    kinds.emplace_back(slides ? "sliding_attention" : "full_attention");
  config.set_texts("layer_types", kinds);
}

void restore_partial(const GgufFacts& file, Config& config,
                     std::string_view name) {
  const auto dim = static_cast<double>(
      config.find_unsigned({"head_dim"}).value_or(plain_head_dim(config)));
  const auto rotated =
      static_cast<double>(file.keys.count("rope.dimension_count"));
  if (!(dim > 0) || rotated > dim) return;
  double share = rotated / dim;
  if (std::floor(share * dim) < rotated) share = std::nextafter(share, 1.0);
  config.set(name, share);
}

Result<Config> settle(const Family& family, Config config) {
  config.set_defaults(family.defaults);
  if (family.prepare != nullptr) family.prepare(config);
  config.settle_rope();
  return config;
}

void fill_kv_heads(Config& config) {
  if (config.has("num_key_value_heads")) return;
  if (const auto n = config.find_unsigned({"num_attention_heads"}))
    config.set_unsigned("num_key_value_heads", *n);
}

Geometry geometry_of(const Family& family, const Config& config) {
  Geometry out;
  const auto number = [&](std::string_view key) {
    return config.find_unsigned(shared_key_rule(key).spellings()).value_or(0);
  };
  out.n_layer = number("block_count");
  out.n_embd = number("embedding_length");
  out.n_head = number("attention.head_count");
  out.n_head_kv = number("attention.head_count_kv");
  if (out.n_head_kv == 0) out.n_head_kv = out.n_head;
  out.head_dim = number("attention.key_length");
  if (out.head_dim == 0) out.head_dim = plain_head_dim(config);
  out.n_rot = out.head_dim;
  out.n_expert = number("expert_count");
  if (family.geometry != nullptr) family.geometry(config, out);
  return out;
}

}  // namespace hug::arch
