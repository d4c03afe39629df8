#include "arch/config_back.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "arch/hparams.h"
#include "arch/hug_keys.h"
#include "arch/traits.h"

namespace hug::arch {

namespace {

class Restorer {
 public:
  Restorer(const Family& family, const GgufFacts& file, Config config)
      : family_(family), file_(file), config_(std::move(config)) {}

  Result<RestoredConfig> restore(std::string_view dtype);

 private:
  void apply(std::span<const KeyRule> rules);
  void set_value(const KeyRule& rule, const format::GgufValue& value);
  void set_activation();
  void set_flags();
  void set_token_ids();
  Result<std::vector<std::string>> find_lost(const Config& settled) const;
  void compare_extras(const Config& settled,
                      std::vector<std::string>& lost) const;

  const Family& family_;
  const GgufFacts& file_;
  Config config_;
  std::set<std::string_view> done_;  // keys that a rule before has
};

// The spelling that the family's class uses.
std::string_view name_of(const KeyRule& rule, const Config& config) {
  for (const std::string_view name : rule.spellings())
    if (config.json().contains(name)) return name;
  return rule.usual.empty() ? rule.names.front() : rule.usual;
}

void Restorer::set_value(const KeyRule& rule, const format::GgufValue& value) {
  const std::string_view name = name_of(rule, config_);
  if (rule.kind == KeyKind::kCount) {
    if (const auto n = format::as_unsigned(value))
      config_.set_unsigned(name, *n);
  } else if (rule.kind == KeyKind::kNumber) {
    if (const auto n = format::as_number(value))
      config_.set_number(name, static_cast<float>(*n));
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    config_.set_flag(name, *flag);
  }
}

void Restorer::apply(std::span<const KeyRule> rules) {
  for (const KeyRule& rule : rules) {
    if (!done_.insert(rule.gguf).second || rule.kind == KeyKind::kNone)
      continue;
    if (const auto* value = file_.keys.find(rule.gguf)) set_value(rule, *value);
  }
}

// Files of ours name it; else it is what the class has by default.
void Restorer::set_activation() {
  const auto named = file_.keys.all().find_string(kHugActivation);
  if (!named) return;
  for (const char* name : {"hidden_act", "activation", "activation_function"})
    if (config_.has(name)) config_.set_text(name, *named);
}

// What the class must be told to have, as the tensors show.
void Restorer::set_flags() {
  constexpr std::pair<std::string_view, std::string_view> kFlags[] = {
      {"attention_bias", "blk.0.attn_q.bias"},
      {"attention_bias", "blk.0.attn_qkv.bias"},
      {"qkv_bias", "blk.0.attn_q.bias"},
      {"use_qkv_bias", "blk.0.attn_q.bias"},
      {"use_bias", "blk.0.attn_q.bias"},
      {"use_bias", "blk.0.ssm_in.bias"},
      {"use_conv_bias", "blk.0.ssm_conv1d.bias"},
      {"conv_bias", "blk.0.shortconv.conv.bias"},
      {"qkv_proj_bias", "blk.0.attn_qkv.bias"},
      {"bias", "blk.0.attn_qkv.bias"},
      {"mlp_bias", "blk.0.ffn_down.bias"},
      {"mlp_fc1_bias", "blk.0.ffn_up.bias"},
      {"mlp_fc2_bias", "blk.0.ffn_down.bias"},
      {"qk_layernorm", "blk.0.attn_q_norm.weight"},
      {"use_qk_norm", "blk.0.attn_q_norm.weight"},
  };
  std::set<std::string_view> present;
  for (const auto& [flag, tensor] : kFlags)
    if (file_.has_tensor(tensor)) present.insert(flag);
  for (const auto& [flag, tensor] : kFlags)
    if (config_.has(flag)) config_.set_flag(flag, present.contains(flag));
  const Traits* traits = find_traits(family_.arch);
  if (config_.has("norm_topk_prob") && traits != nullptr)
    config_.set_flag("norm_topk_prob", traits->norm_top);
  config_.set_flag("tie_word_embeddings", !file_.has_tensor("output.weight"));
}

void Restorer::set_token_ids() {
  for (const auto& [key, name] :
       {std::pair("tokenizer.ggml.bos_token_id", "bos_token_id"),
        std::pair("tokenizer.ggml.eos_token_id", "eos_token_id"),
        std::pair("tokenizer.ggml.padding_token_id", "pad_token_id")})
    if (const auto id = file_.keys.all().find_unsigned(key))
      config_.set_unsigned(name, *id);
}

void Restorer::compare_extras(const Config& settled,
                              std::vector<std::string>& lost) const {
  if (family_.extras == nullptr) return;
  std::map<std::string, std::vector<float>, std::less<>> made;
  for (ExtraTensor& extra : family_.extras(settled))
    made[extra.name] = std::move(extra.values);
  for (const auto& [name, values] : file_.extras) {
    const auto it = made.find(name);
    if (it == made.end() || it->second != values) lost.push_back(name);
  }
}

// Whoever reads the new file must read what stands in the old one.
Result<std::vector<std::string>> Restorer::find_lost(
    const Config& settled) const {
  format::GgufMetadata again;
  again.set("general.architecture", std::string(family_.arch));
  KeyWriter writer(again, family_.arch, 0);
  if (family_.early_keys != nullptr) family_.early_keys(settled, writer);
  HUG_TRY(family_.keys(settled, writer));
  if (family_.hug_keys != nullptr) family_.hug_keys(settled, writer);
  if (family_.late_keys != nullptr) family_.late_keys(settled, writer);
  // These stand elsewhere: in modules.json, and in the tokenizer.
  for (const char* key : {"pooling_type", "vocab_size"})
    if (const auto n = file_.keys.all().find_unsigned(file_.keys.whole(key)))
      writer.u32(key, *n);
  const auto before = read_hparams(file_.keys.all());
  auto after = read_hparams(again);
  if (before && after) after->n_vocab = before->n_vocab;
  std::vector<std::string> lost;
  const bool same = before && after && *before == *after;
  const std::string prefix(file_.keys.whole(""));
  for (const auto& [key, value] : file_.keys.all()) {
    const bool ours = key.starts_with("hug.") && again.contains(key);
    if (!ours && (same || !key.starts_with(prefix))) continue;
    const auto* other = again.find(key);
    if (other == nullptr || *other != value) lost.push_back(key);
  }
  if (lost.empty() && !same)
    for (const auto& [key, value] : again)
      if (key.starts_with(prefix) && !file_.keys.all().contains(key))
        lost.push_back(key);
  compare_extras(settled, lost);
  return lost;
}

Result<RestoredConfig> Restorer::restore(std::string_view dtype) {
  config_.set_architecture(family_.classes.front());
  config_.set_defaults(family_.defaults);
  config_.set_text("model_type", family_.model_type);
  if (const auto* tokens =
          file_.keys.all().find_strings("tokenizer.ggml.tokens"))
    config_.set_unsigned("vocab_size", tokens->size());
  apply(family_.key_rules);
  apply(shared_key_rules());
  if (const auto window = file_.keys.all().find_unsigned(kHugWindow))
    config_.set_unsigned("sliding_window", *window);
  set_activation();
  set_flags();
  set_token_ids();
  restore_rope(file_, config_);
  if (family_.restore != nullptr) family_.restore(file_, config_);
  config_.set_text("torch_dtype", dtype);
  std::string text = config_.print();
  Config settled = HUG_TRY(settle(family_, HUG_TRY(Config::parse(text))));
  auto lost = HUG_TRY(find_lost(settled));
  return RestoredConfig{std::move(settled), std::move(text), std::move(lost)};
}

}  // namespace

Result<RestoredConfig> restore_config(const Family& family,
                                      const GgufFacts& file,
                                      std::string_view dtype) {
  return Restorer(family, file, HUG_TRY(Config::parse("{}"))).restore(dtype);
}

}  // namespace hug::arch
