// Rotary parameters: two styles of config.json, one meaning.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>

#include "arch/config.h"
#include "arch/settled_rope.h"
#include "data/json.h"

namespace hug::arch {

using nlohmann::json;

namespace {

// An object of parameters for each kind of layer, or one for all.
bool by_layer_kind(const json& rope) {
  return rope.contains("full_attention") || rope.contains("sliding_attention");
}

void copy_if_absent(json& to, const char* key, const json& from,
                    std::initializer_list<const char*> spellings) {
  if (to.contains(key)) return;
  for (const char* spelling : spellings) {
    const auto it = from.find(spelling);
    if (it == from.end()) continue;
    if (!it->is_null()) to[key] = *it;
    return;
  }
}

std::vector<double> numbers_of(const json& rope, const char* key) {
  std::vector<double> out;
  if (const json* list = data::find_array(rope, key))
    for (const json& item : *list)
      if (item.is_number()) out.push_back(item.get<double>());
  return out;
}

}  // namespace

json settled_rope(const json& config) {
  const json* found = data::find_object(config, "rope_parameters");
  if (found == nullptr && !config.contains("rope_parameters"))
    found = data::find_object(config, "rope_scaling");
  json rope = found != nullptr ? *found : json::object();
  if (by_layer_kind(rope)) return rope;
  json local = json::object();
  copy_if_absent(local, "rope_theta", config,
                 {"local_rope_theta", "rope_local_theta", "rope_theta_local",
                  "swa_rope_theta", "rope_local_base_freq"});
  if (!local.empty()) rope["sliding_attention"] = local;
  copy_if_absent(rope, "rope_theta", config,
                 {"global_rope_theta", "rope_global_theta", "rope_theta_global",
                  "rope_theta", "rotary_emb_base"});
  copy_if_absent(rope, "rope_type", rope, {"type"});
  copy_if_absent(rope, "partial_rotary_factor", config,
                 {"partial_rotary_factor", "rope_pct", "rope_percent"});
  copy_if_absent(rope, "original_max_position_embeddings", config,
                 {"original_max_position_embeddings"});
  return rope;
}

Rope rope_of(const Config& config) {
  const json& whole = config.rope();
  const json* full = data::find_object(whole, "full_attention");
  const json& rope = full != nullptr ? *full : whole;
  Rope out;
  out.type = data::find_string(rope, "rope_type").value_or("");
  out.theta = data::find_number(rope, "rope_theta");
  out.factor = data::find_number(rope, "factor");
  out.original_context =
      data::find_number(rope, "original_max_position_embeddings");
  out.partial = data::find_number(whole, "partial_rotary_factor");
  out.extrapolation_factor = data::find_number(rope, "extrapolation_factor");
  out.attention_factor = rope.contains("attention_factor")
                             ? data::find_number(rope, "attention_factor")
                             : data::find_number(rope, "attn_factor");
  out.beta_fast = data::find_number(rope, "beta_fast");
  out.beta_slow = data::find_number(rope, "beta_slow");
  out.low_freq_factor = data::find_number(rope, "low_freq_factor");
  out.high_freq_factor = data::find_number(rope, "high_freq_factor");
  out.mscale_all_dim = data::find_number(whole, "mscale_all_dim");
  if (const json* value = data::find_member(rope, "truncate"))
    if (value->is_boolean()) out.truncate = value->get<bool>();
  out.long_factors = numbers_of(whole, "long_factor");
  out.short_factors = numbers_of(whole, "short_factor");
  for (const double section : numbers_of(whole, "mrope_section"))
    if (std::abs(section) < 0x1p31)
      out.sections.push_back(static_cast<std::int32_t>(section));
  return out;
}

std::optional<double> local_rope_theta(const Config& config) {
  const json* local = data::find_object(config.rope(), "sliding_attention");
  return local != nullptr ? data::find_number(*local, "rope_theta")
                          : std::nullopt;
}

std::vector<float> llama3_factors(const Config& config, double factor) {
  const Rope rope = rope_of(config);
  std::string type = rope.type;
  for (char& c : type)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (type != "llama3") return {};
  auto dim = config.find_unsigned({"head_dim"});
  if (!dim) {
    const auto n_embd = config.find_unsigned({"hidden_size"});
    const auto n_head = config.find_unsigned({"num_attention_heads"});
    if (!n_embd || !n_head || *n_head == 0) return {};
    dim = *n_embd / *n_head;
  }
  if (*dim == 0 || *dim > 65536) return {};
  const double scale = rope.factor.value_or(factor);
  const double low = rope.low_freq_factor.value_or(1.0);
  const double high = rope.high_freq_factor.value_or(4.0);
  const double original = rope.original_context.value_or(8192);
  const auto base = static_cast<float>(rope.theta.value_or(10000.0));
  // In float32 and with products by reciprocals, as the reference computes.
  const auto low_wave = static_cast<float>(original / low);
  const auto high_wave = static_cast<float>(original / high);
  const auto turn = static_cast<float>(2 * std::numbers::pi);
  std::vector<float> out;
  for (std::uint64_t i = 0; i < *dim; i += 2) {
    const float power = static_cast<float>(i) / static_cast<float>(*dim);
    const float frequency = 1.0F / std::pow(base, power);
    const float wave = (1.0F / frequency) * turn;
    if (wave < high_wave) {
      out.push_back(1.0F);
    } else if (wave > low_wave) {
      out.push_back(static_cast<float>(scale));
    } else {
      const float waves = (1.0F / wave) * static_cast<float>(original);
      const float smooth =
          (waves - static_cast<float>(low)) / static_cast<float>(high - low);
      out.push_back(1.0F /
                    ((1.0F - smooth) / static_cast<float>(scale) + smooth));
    }
  }
  return out;
}

}  // namespace hug::arch
