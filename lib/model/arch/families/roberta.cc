// RoBERTa, XLM-RoBERTa and CamemBERT: BERT whose positions begin behind the
// padding's.
#include "arch/families.h"
#include "arch/families/bert_kind.h"
#include "arch/hug_keys.h"

namespace hug::arch {

namespace {

constexpr std::span<const TensorRule> kRules[] = {kBertOwn};
constexpr std::string_view kRobertaClasses[] = {
    "RobertaModel", "RobertaForSequenceClassification", "RobertaForMaskedLM"};
constexpr std::string_view kXlmClasses[] = {
    "XLMRobertaModel", "XLMRobertaForSequenceClassification",
    "XLMRobertaForMaskedLM"};
constexpr std::string_view kCamembertClasses[] = {
    "CamembertModel", "CamembertForSequenceClassification",
    "CamembertForMaskedLM"};
constexpr std::string_view kStrip[] = {"roberta.", "bert."};

constexpr KeptTensor kRobertaKept[] = {
    {"pooler.dense.weight", kHugPoolerWeight},
    {"pooler.dense.bias", kHugPoolerBias},
    {"lm_head.dense.weight", kHugMaskDenseWeight},
    {"lm_head.dense.bias", kHugMaskDenseBias},
    {"lm_head.layer_norm.weight", kHugMaskNormWeight},
    {"lm_head.layer_norm.bias", kHugMaskNormBias},
    {"lm_head.decoder.weight", kHugMaskOutputWeight, true},
    {"lm_head.bias", kHugMaskOutputBias},
    {"lm_head.decoder.bias", kHugMaskOutputBias},
};

bool is_roberta(const GgufFacts& file) {
  return has_vocabulary(file, "gpt2");
}

bool is_xlm_roberta(const GgufFacts& file) {
  return has_vocabulary(file, "t5");
}

// Nothing in a file tells it from XLM-RoBERTa, which computes the same.
bool is_camembert(const GgufFacts&) {
  return false;
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

// Of positions the file has only those that texts use.
void restore_positions(Config& config) {
  const auto n = config.find_unsigned({"max_position_embeddings"});
  if (n)
    config.set_unsigned("max_position_embeddings",
                        *n + position_offset(config));
}

void restore_roberta(const GgufFacts& file, Config& config) {
  restore_positions(config);
  restore_bert_kind(file, config, kRobertaClasses[0]);
}

void restore_xlm_roberta(const GgufFacts& file, Config& config) {
  restore_positions(config);
  restore_bert_kind(file, config, kXlmClasses[0]);
}

void roberta_geometry(const Config& config, Geometry& out) {
  out.position_offset = position_offset(config);
}

constexpr std::string_view kXlmDefaults =
    R"({"vocab_size": 30522, "max_position_embeddings": 512,
      "layer_norm_eps": 1e-12, "num_attention_heads": 12,
      "type_vocab_size": 2, "pad_token_id": 1, "hidden_act": "gelu"})";

// What the three classes share, put to what each has of its own.
constexpr Family like_roberta(Family own) {
  own.prepare = prepare_roberta;
  own.keys = bert_keys;
  own.strip = kStrip;
  own.rename = rename_bert;
  own.geometry = roberta_geometry;
  own.hug_keys = bert_hug_keys;
  own.kept = kRobertaKept;
  own.reads_pooling = true;
  own.late_keys = bert_label_keys;
  return own;
}

}  // namespace

constinit const Family kRoberta = like_roberta({
    .arch = "bert",
    .classes = kRobertaClasses,
    .model_type = "roberta",
    .defaults = R"({"vocab_size": 50265, "max_position_embeddings": 512,
      "layer_norm_eps": 1e-12, "num_attention_heads": 12,
      "type_vocab_size": 2, "pad_token_id": 1, "hidden_act": "gelu"})",
    .rules = kRules,
    .vocabulary = Vocabulary::kRoberta,
    .is_kind = is_roberta,
    .restore = restore_roberta,
});

constinit const Family kXlmRoberta = like_roberta({
    .arch = "bert",
    .classes = kXlmClasses,
    .model_type = "xlm-roberta",
    .defaults = kXlmDefaults,
    .rules = kRules,
    .vocabulary = Vocabulary::kXlmRoberta,
    .is_kind = is_xlm_roberta,
    .restore = restore_xlm_roberta,
});

constinit const Family kCamembert = like_roberta({
    .arch = "bert",
    .classes = kCamembertClasses,
    .model_type = "camembert",
    .defaults = kXlmDefaults,
    .rules = kRules,
    .vocabulary = Vocabulary::kCamembert,
    .is_kind = is_camembert,
    .restore = restore_xlm_roberta,
});

}  // namespace hug::arch
