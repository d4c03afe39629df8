// EXAONE 4: norms behind the blocks; layers with a window rotate, those that
// see everything do not.
#include "arch/common_rules.h"
#include "arch/families.h"
#include "arch/hug_keys.h"

namespace hug::arch {

namespace {

constexpr std::span<const TensorRule> kRules[] = {
    kModelRules, kPostNormRules, kAttentionRules, kHeadNormRules,
    kGatedMlpRules};
constexpr std::string_view kClasses[] = {"Exaone4ForCausalLM"};

// From layer_types, else from a pattern: "LLLG", or 4 for every fourth.
std::vector<bool> windows(const Config& config) {
  auto out = sliding_layers(config);
  if (!out.empty()) return out;
  const auto n = config.find_unsigned({"num_hidden_layers"}).value_or(0);
  const auto text = config.find_string({"sliding_window_pattern"});
  const auto every = config.find_unsigned({"sliding_window_pattern"});
  for (std::uint64_t i = 0; i < n; ++i) {
    if (text && !text->empty()) {
      out.push_back((*text)[i % text->size()] == 'L');
    } else if (every && *every != 0) {
      out.push_back((i + 1) % *every != 0);
    }
  }
  return out;
}

Result<void> keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  HUG_TRY(need_keys(config, out, {"vocab_size"}));
  const auto window = config.find_unsigned({"sliding_window"});
  if (!window) return {};
  out.u32("attention.sliding_window", *window);
  out.booleans("attention.sliding_window_pattern", windows(config));
  return {};
}

std::vector<ExtraTensor> llama3_rope(const Config& config) {
  auto factors = llama3_factors(config, 16.0);
  if (factors.empty()) return {};
  return {{"rope_freqs.weight", std::move(factors)}};
}

void hug_keys(const Config& config, KeyWriter& out) {
  const auto window = config.find_unsigned({"sliding_window"});
  if (!window) return;
  auto layers = windows(config);
  out.set(kHugWindow, static_cast<std::uint32_t>(*window));
  out.set(kHugWindowLayers, format::GgufArray(layers));
  out.set(kHugRopeLayers, format::GgufArray(std::move(layers)));
}

void prepare(Config& config) {
  fill_kv_heads(config);
  // The class knows the pattern only together with the window.
  if (!config.has("sliding_window")) config.erase("sliding_window_pattern");
}

void restore(const GgufFacts& file, Config& config) {
  const auto layers = file.keys.flags("attention.sliding_window_pattern");
  config.set_null("sliding_window_pattern");
  if (file.keys.find("attention.sliding_window") == nullptr)
    return config.set_null("sliding_window");
  if (!layers.empty()) set_sliding_layers(config, layers);
}

}  // namespace

const Family kExaone4 = {
    .arch = "exaone4",
    .classes = kClasses,
    .model_type = "exaone4",
    .defaults = R"({"vocab_size": 102400, "max_position_embeddings": 2048,
      "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "num_attention_heads": 32,
      "sliding_window": 4096, "sliding_window_pattern": 4,
      "hidden_act": "silu"})",
    .prepare = prepare,
    .keys = keys,
    .rules = kRules,
    .extras = llama3_rope,
    .hug_keys = hug_keys,
    .restore = restore,
};

}  // namespace hug::arch
