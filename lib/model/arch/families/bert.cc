// BERT, RoBERTa, XLM-RoBERTa, DistilBERT and Nomic BERT: encoders.
#include <algorithm>
#include <iterator>

#include "arch/families.h"
#include "arch/hug_keys.h"

namespace hug::arch {

namespace {

constexpr TensorRule kBertOwn[] = {
    {"token_embd", "embeddings.word_embeddings"},
    {"token_embd_norm", "embeddings.LayerNorm"},
    {"position_embd", "embeddings.position_embeddings", Op::kSkipPositions},
    {"token_types", "embeddings.token_type_embeddings"},
    {"blk.#.attn_q", "encoder.layer.#.attention.self.query"},
    {"blk.#.attn_k", "encoder.layer.#.attention.self.key"},
    {"blk.#.attn_v", "encoder.layer.#.attention.self.value"},
    {"blk.#.attn_output", "encoder.layer.#.attention.output.dense"},
    {"blk.#.attn_output_norm", "encoder.layer.#.attention.output.LayerNorm"},
    {"blk.#.ffn_up", "encoder.layer.#.intermediate.dense"},
    {"blk.#.ffn_down", "encoder.layer.#.output.dense"},
    {"blk.#.layer_output_norm", "encoder.layer.#.output.LayerNorm"},
    {"cls.output", "classifier.out_proj"},
    {"cls", "classifier.dense"},
    {"cls", "classifier"},
    {"", "embeddings.position_ids", Op::kDrop, true},
    {"", "pooler.dense", Op::kDrop},
    {"", "lm_head", Op::kDrop},
    {"", "lm_head.dense", Op::kDrop},
    {"", "lm_head.layer_norm", Op::kDrop},
    {"", "lm_head.decoder", Op::kDrop},
};
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
constexpr TensorRule kNomicOwn[] = {
    {"token_embd_norm", "emb_ln"},
    {"blk.#.attn_qkv", "encoder.layers.#.attn.Wqkv"},
    {"blk.#.attn_output", "encoder.layers.#.attn.out_proj"},
    {"blk.#.attn_output_norm", "encoder.layers.#.norm1"},
    {"blk.#.ffn_up", "encoder.layers.#.mlp.fc11"},
    {"blk.#.ffn_gate", "encoder.layers.#.mlp.fc12"},
    {"blk.#.ffn_down", "encoder.layers.#.mlp.fc2"},
    {"blk.#.layer_output_norm", "encoder.layers.#.norm2"},
};
constexpr std::span<const TensorRule> kBertRules[] = {kBertOwn};
constexpr std::span<const TensorRule> kDistilRules[] = {kDistilOwn, kBertOwn};
constexpr std::span<const TensorRule> kNomicRules[] = {kNomicOwn, kBertOwn};

constexpr std::string_view kBertClasses[] = {"BertModel", "BertForMaskedLM",
                                             "BertForSequenceClassification",
                                             "CamembertModel"};
constexpr std::string_view kDistilClasses[] = {
    "DistilBertModel", "DistilBertForMaskedLM",
    "DistilBertForSequenceClassification"};
constexpr std::string_view kRobertaClasses[] = {
    "RobertaModel", "RobertaForSequenceClassification", "RobertaForMaskedLM"};
constexpr std::string_view kXlmClasses[] = {
    "XLMRobertaModel", "XLMRobertaForSequenceClassification",
    "XLMRobertaForMaskedLM"};
constexpr std::string_view kNomicClasses[] = {"NomicBertModel"};
constexpr std::string_view kBertStrip[] = {"bert."};
constexpr std::string_view kRobertaStrip[] = {"roberta.", "bert."};
constexpr std::string_view kDistilStrip[] = {"distilbert.", "bert."};

constexpr KeptTensor kKept[] = {
    {"pooler.dense.weight", kHugPoolerWeight},
    {"pooler.dense.bias", kHugPoolerBias},
    {"cls.predictions.transform.dense.weight", kHugMaskDenseWeight},
    {"cls.predictions.transform.dense.bias", kHugMaskDenseBias},
    {"cls.predictions.transform.LayerNorm.weight", kHugMaskNormWeight},
    {"cls.predictions.transform.LayerNorm.bias", kHugMaskNormBias},
    {"cls.predictions.decoder.weight", kHugMaskOutputWeight, true},
    {"cls.predictions.decoder.bias", kHugMaskOutputBias},
    {"cls.predictions.bias", kHugMaskOutputBias},
    {"lm_head.dense.weight", kHugMaskDenseWeight},
    {"lm_head.dense.bias", kHugMaskDenseBias},
    {"lm_head.layer_norm.weight", kHugMaskNormWeight},
    {"lm_head.layer_norm.bias", kHugMaskNormBias},
    {"lm_head.decoder.weight", kHugMaskOutputWeight, true},
    {"lm_head.decoder.bias", kHugMaskOutputBias},
    {"lm_head.bias", kHugMaskOutputBias},
    {"vocab_transform.weight", kHugMaskDenseWeight},
    {"vocab_transform.bias", kHugMaskDenseBias},
    {"vocab_layer_norm.weight", kHugMaskNormWeight},
    {"vocab_layer_norm.bias", kHugMaskNormBias},
    {"vocab_projector.weight", kHugMaskOutputWeight, true},
    {"vocab_projector.bias", kHugMaskOutputBias},
};

bool is_kept(std::string_view name) {
  return std::any_of(std::begin(kKept), std::end(kKept),
                     [&](const KeptTensor& k) { return k.hf == name; });
}

// Two labels without names of their own are the class's default: no head.
std::vector<std::string> real_labels(const Config& config) {
  auto labels = config.labels();
  if (labels.size() == 2 && labels[0] == "LABEL_0") labels.clear();
  return labels;
}

void label_keys(const Config& config, KeyWriter& out) {
  out.strings("classifier.output_labels", real_labels(config));
}

Result<void> bert_keys(const Config& config, KeyWriter& out) {
  HUG_TRY(write_common_keys(config, out));
  out.boolean("attention.causal", false);
  return {};
}

Result<void> distil_keys(const Config& config, KeyWriter& out) {
  out.f32("attention.layer_norm_epsilon", 1e-12);
  return bert_keys(config, out);
}

void rename(const Config& config, std::string& name) {
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

// Positions count from pad_token_id + 1.
std::uint64_t position_offset(const Config& config) {
  const auto pad = config.find_unsigned({"pad_token_id"});
  return pad ? *pad + 1 : 0;
}

void prepare_roberta(Config& config) {
  const auto n = config.find_unsigned({"max_position_embeddings"});
  const std::uint64_t offset = position_offset(config);
  if (n && *n > offset)
    config.set_unsigned("max_position_embeddings", *n - offset);
}

void roberta_geometry(const Config& config, Geometry& out) {
  out.position_offset = position_offset(config);
}

// What the models were trained on, whatever they claim.
void prepare_nomic(Config& config) {
  const auto n = config.find_unsigned({"n_positions"}).value_or(0);
  if (n == 8192) config.set_unsigned("n_positions", 2048);
  if (n == 2048) config.set_unsigned("n_positions", 512);
}

// The last layer of two has a name of its own always.
void rename_distil(const Config& config, std::string& name) {
  rename(config, name);
  if (name.starts_with("classifier.") &&
      !name.starts_with("classifier.out_proj"))
    name.replace(0, 10, "classifier.out_proj");
}

void activation_keys(const Config& config, KeyWriter& out) {
  out.set(kHugActivation,
          config.find_string({"hidden_act", "activation"}).value_or("gelu"));
  if (config.find_string({"problem_type"}) == "multi_label_classification")
    out.set(kHugClassifierIndependent, true);
}

void distil_hug_keys(const Config& config, KeyWriter& out) {
  activation_keys(config, out);
  out.set(kHugClassifierActivation, std::string("relu"));
}

}  // namespace

const Family kBert = {
    .arch = "bert",
    .classes = kBertClasses,
    .defaults = R"({"vocab_size": 30522, "max_position_embeddings": 512,
      "layer_norm_eps": 1e-12, "num_attention_heads": 12,
      "type_vocab_size": 2, "hidden_act": "gelu"})",
    .keys = bert_keys,
    .rules = kBertRules,
    .vocabulary = Vocabulary::kBert,
    .strip = kBertStrip,
    .rename = rename,
    .hug_keys = activation_keys,
    .kept = kKept,
    .reads_pooling = true,
    .late_keys = label_keys,
};

const Family kDistilBert = {
    .arch = "bert",
    .classes = kDistilClasses,
    .defaults = R"({"vocab_size": 30522, "max_position_embeddings": 512,
      "n_layers": 6, "n_heads": 12, "dim": 768, "hidden_dim": 3072,
      "activation": "gelu"})",
    .keys = distil_keys,
    .rules = kDistilRules,
    .vocabulary = Vocabulary::kBert,
    .strip = kDistilStrip,
    .rename = rename_distil,
    .hug_keys = distil_hug_keys,
    .kept = kKept,
    .reads_pooling = true,
    .late_keys = label_keys,
};

const Family kRoberta = {
    .arch = "bert",
    .classes = kRobertaClasses,
    .defaults = R"({"vocab_size": 50265, "max_position_embeddings": 512,
      "layer_norm_eps": 1e-12, "num_attention_heads": 12,
      "type_vocab_size": 2, "pad_token_id": 1, "hidden_act": "gelu"})",
    .prepare = prepare_roberta,
    .keys = bert_keys,
    .rules = kBertRules,
    .vocabulary = Vocabulary::kRoberta,
    .strip = kRobertaStrip,
    .rename = rename,
    .geometry = roberta_geometry,
    .hug_keys = activation_keys,
    .kept = kKept,
    .reads_pooling = true,
    .late_keys = label_keys,
};

const Family kXlmRoberta = {
    .arch = "bert",
    .classes = kXlmClasses,
    .defaults = R"({"vocab_size": 30522, "max_position_embeddings": 512,
      "layer_norm_eps": 1e-12, "num_attention_heads": 12,
      "type_vocab_size": 2, "pad_token_id": 1, "hidden_act": "gelu"})",
    .prepare = prepare_roberta,
    .keys = bert_keys,
    .rules = kBertRules,
    .vocabulary = Vocabulary::kXlmRoberta,
    .strip = kRobertaStrip,
    .rename = rename,
    .geometry = roberta_geometry,
    .hug_keys = activation_keys,
    .kept = kKept,
    .reads_pooling = true,
    .late_keys = label_keys,
};

const Family kNomicBert = {
    .arch = "nomic-bert",
    .classes = kNomicClasses,
    .defaults = R"({"type_vocab_size": 2})",
    .prepare = prepare_nomic,
    .keys = bert_keys,
    .rules = kNomicRules,
    .vocabulary = Vocabulary::kNomicBert,
    .strip = kBertStrip,
    .rename = rename,
    .reads_pooling = true,
    .late_keys = label_keys,
};

}  // namespace hug::arch
