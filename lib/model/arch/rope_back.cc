// Rotary parameters of a gguf file as config.json has them.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "arch/config_back.h"
#include "arch/hug_keys.h"

namespace hug::arch {

using nlohmann::json;

namespace {

bool gives(const Config& config, const json& scaling,
           const std::vector<float>& factors) {
  auto trial = Config::parse(config.print());
  if (!trial) return false;
  trial->set("rope_scaling", scaling);
  trial->settle_rope();
  return llama3_factors(*trial, 1.0) == factors;
}

json llama3(double factor, double low, double high, double original) {
  return {{"rope_type", "llama3"},
          {"factor", factor},
          {"low_freq_factor", low},
          {"high_freq_factor", high},
          {"original_max_position_embeddings",
           static_cast<std::uint64_t>(std::max(1.0, std::round(original)))}};
}

// A pair between the two plateaus: turns a token, and how far it is mixed.
struct Mixed {
  double turns;
  double share;
};

std::vector<Mixed> mixed_pairs(const std::vector<float>& factors, double base) {
  std::vector<Mixed> out;
  const double most = static_cast<double>(factors.back());
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const auto f = static_cast<double>(factors[i]);
    if (f <= 1 || f >= most) continue;
    const double power =
        static_cast<double>(i) / static_cast<double>(factors.size());
    out.push_back({std::pow(base, -power) / (2 * std::numbers::pi),
                   (1 / f - 1 / most) / (1 - 1 / most)});
  }
  return out;
}

// Which parameters of "llama3" scaling give the factors of the file. Only the
// ratios of three of them show, so the low one is taken to be 1; of two that
// give the same the usual ones come first.
json restore_llama3(const Config& config, const std::vector<float>& factors) {
  const double base = config.find_number({"rope_theta"}).value_or(10000.0);
  const double most = static_cast<double>(factors.back());
  const auto mixed = mixed_pairs(factors, base);
  std::vector<json> trials;
  if (!mixed.empty()) {
    const double original = (mixed.front().share * 3 + 1) / mixed.front().turns;
    trials.push_back(llama3(most, 1, 4, original));
  }
  for (double original = 16; original < 1 << 21; original *= 2)
    trials.push_back(llama3(most, 1, 4, original));
  if (mixed.size() > 1) {
    const Mixed& a = mixed.front();
    const Mixed& b = mixed.back();
    const double slope = (a.share - b.share) / (a.turns - b.turns);
    const double shift = slope * a.turns - a.share;  // low / (high - low)
    const double high = std::round((1 + 1 / shift) * 16) / 16;
    trials.push_back(llama3(most, 1, high, slope * (high - 1)));
  }
  for (const json& trial : trials)
    if (gives(config, trial, factors)) return trial;
  return trials.front();  // near; that it is not equal is told
}

json restore_yarn(const GgufFacts& file) {
  const KeyReader& keys = file.keys;
  json out = {{"rope_type", "yarn"}};
  out["factor"] = shortest_decimal(keys.number("rope.scaling.factor", 1));
  out["original_max_position_embeddings"] = keys.count(
      "rope.scaling.original_context_length", keys.count("context_length"));
  for (const auto& [key, name] :
       {std::pair("rope.scaling.yarn_beta_fast", "beta_fast"),
        std::pair("rope.scaling.yarn_beta_slow", "beta_slow"),
        std::pair("rope.scaling.yarn_attn_factor", "attention_factor"),
        std::pair("rope.scaling.yarn_ext_factor", "extrapolation_factor")})
    if (keys.find(key) != nullptr)
      out[name] = shortest_decimal(keys.number(key));
  if (const float m = keys.number("rope.scaling.yarn_log_multiplier"); m != 0) {
    out["mscale"] =
        shortest_decimal(static_cast<float>(shortest_decimal(m) * 10));
    out["mscale_all_dim"] = out["mscale"];
  }
  if (const auto whole = keys.all().find_bool(kHugYarnTruncate))
    out["truncate"] = *whole;
  return out;
}

json decimals(const std::vector<float>& values) {
  json out = json::array();
  for (const float v : values)
    out.push_back(shortest_decimal(v));
  return out;
}

json restore_scaling(const GgufFacts& file, const Config& config) {
  const auto extra = [&](const char* name) -> const std::vector<float>* {
    const auto it = file.extras.find(name);
    return it != file.extras.end() && !it->second.empty() ? &it->second
                                                          : nullptr;
  };
  const auto* long_factors = extra("rope_factors_long.weight");
  const auto* short_factors = extra("rope_factors_short.weight");
  if (long_factors != nullptr && short_factors != nullptr)
    return {{"type", "longrope"},
            {"long_factor", decimals(*long_factors)},
            {"short_factor", decimals(*short_factors)}};
  if (const auto* factors = extra("rope_freqs.weight"))
    return restore_llama3(config, *factors);
  const std::string type = file.keys.text("rope.scaling.type");
  if (type == "yarn") return restore_yarn(file);
  const float factor = file.keys.number("rope.scaling.factor",
                                        file.keys.number("rope.scale_linear"));
  if (type == "linear" || (type.empty() && factor != 0 && factor != 1))
    return {{"rope_type", "linear"}, {"factor", shortest_decimal(factor)}};
  return nullptr;
}

}  // namespace

void restore_rope(const GgufFacts& file, Config& config) {
  if (file.keys.find("rope.freq_base") != nullptr)
    config.set_number(
        config.has("rotary_emb_base") ? "rotary_emb_base" : "rope_theta",
        file.keys.number("rope.freq_base"));
  if (file.keys.find("rope.freq_base_swa") != nullptr)
    config.set_number("rope_local_base_freq",
                      file.keys.number("rope.freq_base_swa"));
  if (config.has("partial_rotary_factor"))
    restore_partial(file, config, "partial_rotary_factor");
  const json scaling = restore_scaling(file, config);
  if (!scaling.is_null()) config.set("rope_scaling", scaling);
}

}  // namespace hug::arch
