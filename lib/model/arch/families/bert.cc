// BERT and DistilBERT: encoders.
#include <algorithm>

#include "arch/families.h"
#include "arch/families/bert_kind.h"
#include "arch/hug_keys.h"

namespace hug::arch {

namespace {

constexpr TensorRule kDistilOwn[] = {
    {"blk.#.attn_q", "transformer.layer.#.attention.q_lin"},
    {"blk.#.attn_k", "transformer.layer.#.attention.k_lin"},
    {"blk.#.attn_v", "transformer.layer.#.attention.v_lin"},
    {"blk.#.attn_output", "transformer.layer.#.attention.out_lin"},
    {"blk.#.attn_output_norm", "transformer.layer.#.sa_layer_norm"},
    {"blk.#.ffn_up", "transformer.layer.#.ffn.lin1"},
    {"blk.#.ffn_down", "transformer.layer.#.ffn.lin2"},
    {"blk.#.layer_output_norm", "transformer.layer.#.output_layer_norm"},
    {"cls", "pre_classifier"},
};
constexpr std::span<const TensorRule> kBertRules[] = {kBertOwn};
constexpr std::span<const TensorRule> kDistilRules[] = {kDistilOwn, kBertOwn};

constexpr std::string_view kBertClasses[] = {"BertModel", "BertForMaskedLM",
                                             "BertForSequenceClassification"};
constexpr std::string_view kDistilClasses[] = {
    "DistilBertModel", "DistilBertForMaskedLM",
    "DistilBertForSequenceClassification"};
constexpr std::string_view kBertStrip[] = {"bert."};
constexpr std::string_view kDistilStrip[] = {"distilbert.", "bert."};

constexpr KeptTensor kBertKept[] = {
    {"pooler.dense.weight", kHugPoolerWeight},
    {"pooler.dense.bias", kHugPoolerBias},
    {"cls.predictions.transform.dense.weight", kHugMaskDenseWeight},
    {"cls.predictions.transform.dense.bias", kHugMaskDenseBias},
    {"cls.predictions.transform.LayerNorm.weight", kHugMaskNormWeight},
    {"cls.predictions.transform.LayerNorm.bias", kHugMaskNormBias},
    {"cls.predictions.decoder.weight", kHugMaskOutputWeight, true},
    {"cls.predictions.bias", kHugMaskOutputBias},
    {"cls.predictions.decoder.bias", kHugMaskOutputBias},
};
constexpr KeptTensor kDistilKept[] = {
    {"vocab_transform.weight", kHugMaskDenseWeight},
    {"vocab_transform.bias", kHugMaskDenseBias},
    {"vocab_layer_norm.weight", kHugMaskNormWeight},
    {"vocab_layer_norm.bias", kHugMaskNormBias},
    {"vocab_projector.weight", kHugMaskOutputWeight, true},
    {"vocab_projector.bias", kHugMaskOutputBias},
};

bool is_kept(std::string_view name) {
  const auto in = [&](std::span<const KeptTensor> table) {
    return std::any_of(table.begin(), table.end(),
                       [&](const KeptTensor& k) { return k.hf == name; });
  };
  return in(kBertKept) || in(kDistilKept);
}

// Two labels without names of their own are the class's default: no head.
std::vector<std::string> real_labels(const Config& config) {
  auto labels = config.labels();
  if (labels.size() == 2 && labels[0] == "LABEL_0") labels.clear();
  return labels;
}

// A head there is, or was.
bool classifies(const GgufFacts& file) {
  return file.has_tensor("cls.weight") || file.has_tensor("cls.output.weight");
}

void restore_labels(const GgufFacts& file, Config& config) {
  const auto* array =
      file.keys.all().find_strings(file.keys.whole("classifier.output_labels"));
  std::vector<std::string> labels = {"LABEL_0", "LABEL_1"};
  if (array != nullptr) {
    labels.clear();
    for (std::size_t i = 0; i < array->size(); ++i)
      labels.emplace_back((*array)[i]);
  }
  config.set_labels(labels);
  if (file.keys.all().find_bool(kHugClassifierIndependent) == true)
    config.set_text("problem_type", "multi_label_classification");
}

}  // namespace

void bert_label_keys(const Config& config, KeyWriter& out) {
  out.strings("classifier.output_labels", real_labels(config));
}

Result<void> bert_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  out.boolean("attention.causal", false);
  return {};
}

void rename_bert(const Config& config, std::string& name) {
  if (name.ends_with(".gamma")) name.replace(name.size() - 6, 6, ".weight");
  if (name.ends_with(".beta")) name.replace(name.size() - 5, 5, ".bias");
  if (is_kept(name)) return;
  if (name.starts_with("cls.predictions") ||
      name.starts_with("cls.seq_relationship") || name.starts_with("vocab_"))
    name.clear();
  if (real_labels(config).empty()) return;
  if (name == "classifier.weight") name = "classifier.out_proj.weight";
  if (name == "classifier.bias") name = "classifier.out_proj.bias";
}

void bert_hug_keys(const Config& config, KeyWriter& out) {
  out.set(kHugActivation,
          config.find_string({"hidden_act", "activation"}).value_or("gelu"));
  if (config.find_string({"problem_type"}) == "multi_label_classification")
    out.set(kHugClassifierIndependent, true);
}

bool has_vocabulary(const GgufFacts& file, std::string_view kind) {
  return file.keys.all().find_string("tokenizer.ggml.model") == kind;
}

void restore_bert_kind(const GgufFacts& file, Config& config,
                       std::string_view body) {
  if (const auto n =
          file.keys.all().find_unsigned("tokenizer.ggml.token_type_count"))
    config.set_unsigned("type_vocab_size", *n);
  config.set_text("position_embedding_type", "absolute");
  const std::string stem(body.substr(0, body.size() - 5));  // "Model"
  if (classifies(file)) {
    config.set_architecture(stem + "ForSequenceClassification");
    restore_labels(file, config);
  } else if (file.keys.all().contains(kHugMaskOutputBias)) {
    config.set_architecture(stem + "ForMaskedLM");
  }
}

namespace {

// One layer, and its name tells of no other.
void rename_back(const Config&, std::string& name) {
  for (const std::string_view layer :
       {"classifier.out_proj.", "classifier.dense."})
    if (name.starts_with(layer)) name.replace(0, layer.size(), "classifier.");
}

void restore_bert(const GgufFacts& file, Config& config) {
  restore_bert_kind(file, config, kBertClasses[0]);
}

constexpr KeyRule kDistilKeys[] = {
    {"attention.layer_norm_epsilon", KeyKind::kNone},  // 1e-12, always
};

Result<void> distil_keys(const Config& config, KeyWriter& out) {
  out.f32("attention.layer_norm_epsilon", 1e-12);
  return bert_keys(config, out);
}

bool is_distilbert(const GgufFacts& file) {
  return has_vocabulary(file, "bert") && !file.has_tensor("token_types.weight");
}

// The last layer of two has a name of its own always.
void rename_distil(const Config& config, std::string& name) {
  rename_bert(config, name);
  if (name.starts_with("classifier.") &&
      !name.starts_with("classifier.out_proj"))
    name.replace(0, 10, "classifier.out_proj");
}

void distil_hug_keys(const Config& config, KeyWriter& out) {
  bert_hug_keys(config, out);
  out.set(kHugClassifierActivation, std::string("relu"));
}

void restore_distil(const GgufFacts& file, Config& config) {
  restore_bert_kind(file, config, kDistilClasses[0]);
}

}  // namespace

const Family kBert = {
    .arch = "bert",
    .classes = kBertClasses,
    .model_type = "bert",
    .defaults = R"({"vocab_size": 30522, "max_position_embeddings": 512,
      "layer_norm_eps": 1e-12, "num_attention_heads": 12,
      "type_vocab_size": 2, "hidden_act": "gelu"})",
    .keys = bert_keys,
    .rules = kBertRules,
    .vocabulary = Vocabulary::kBert,
    .strip = kBertStrip,
    .rename = rename_bert,
    .hug_keys = bert_hug_keys,
    .kept = kBertKept,
    .reads_pooling = true,
    .late_keys = bert_label_keys,
    .restore = restore_bert,
    .rename_back = rename_back,
};

const Family kDistilBert = {
    .arch = "bert",
    .classes = kDistilClasses,
    .model_type = "distilbert",
    .defaults = R"({"vocab_size": 30522, "max_position_embeddings": 512,
      "n_layers": 6, "n_heads": 12, "dim": 768, "hidden_dim": 3072,
      "activation": "gelu"})",
    .keys = distil_keys,
    .key_rules = kDistilKeys,
    .rules = kDistilRules,
    .vocabulary = Vocabulary::kBert,
    .strip = kDistilStrip,
    .rename = rename_distil,
    .hug_keys = distil_hug_keys,
    .kept = kDistilKept,
    .reads_pooling = true,
    .late_keys = bert_label_keys,
    .is_kind = is_distilbert,
    .restore = restore_distil,
    .rename_back = rename_back,
};

}  // namespace hug::arch
