// Nomic BERT: rotated positions, a gated MLP.
#include <nlohmann/json.hpp>

#include "arch/families.h"
#include "arch/families/bert_kind.h"

namespace hug::arch {

namespace {

constexpr TensorRule kOwn[] = {
    {"token_embd_norm", "emb_ln"},
    {"blk.#.attn_qkv", "encoder.layers.#.attn.Wqkv"},
    {"blk.#.attn_output", "encoder.layers.#.attn.out_proj"},
    {"blk.#.attn_output_norm", "encoder.layers.#.norm1"},
    {"blk.#.ffn_up", "encoder.layers.#.mlp.fc11"},
    {"blk.#.ffn_gate", "encoder.layers.#.mlp.fc12"},
    {"blk.#.ffn_down", "encoder.layers.#.mlp.fc2"},
    {"blk.#.layer_output_norm", "encoder.layers.#.norm2"},
};
constexpr std::span<const TensorRule> kRules[] = {kOwn, kBertOwn};
constexpr std::string_view kClasses[] = {"NomicBertModel"};
constexpr std::string_view kStrip[] = {"bert."};

// What the models were trained on, whatever they claim.
void prepare(Config& config) {
  const auto n = config.find_unsigned({"n_positions"}).value_or(0);
  if (n == 8192) config.set_unsigned("n_positions", 2048);
  if (n == 2048) config.set_unsigned("n_positions", 512);
}

// The names that the model's own code reads, beside those of transformers.
void restore(const GgufFacts& file, Config& config) {
  restore_bert_kind(file, config, kClasses[0]);
  for (const auto& [to, from] :
       {std::pair("n_embd", "hidden_size"),
        std::pair("n_head", "num_attention_heads"),
        std::pair("n_inner", "intermediate_size"),
        std::pair("n_layer", "num_hidden_layers"),
        std::pair("n_positions", "max_position_embeddings"),
        std::pair("layer_norm_epsilon", "layer_norm_eps"),
        std::pair("rotary_emb_base", "rope_theta")}) {
    const auto it = config.json().find(from);
    if (it != config.json().end()) config.set(to, *it);
  }
  for (const char* flag : {"rotary_emb_interleaved", "prenorm", "causal",
                           "use_rms_norm", "parallel_block"})
    config.set_flag(flag, false);
  config.set_number("rotary_emb_fraction", 1.0F);
  config.set_text("activation_function", "swiglu");
}

}  // namespace

const Family kNomicBert = {
    .arch = "nomic-bert",
    .classes = kClasses,
    .model_type = "nomic_bert",
    .defaults = R"({"type_vocab_size": 2, "hidden_act": "silu",
      "qkv_proj_bias": false, "mlp_fc1_bias": false, "mlp_fc2_bias": false})",
    .prepare = prepare,
    .keys = bert_keys,
    .rules = kRules,
    .vocabulary = Vocabulary::kNomicBert,
    .strip = kStrip,
    .rename = rename_bert,
    .reads_pooling = true,
    .late_keys = bert_label_keys,
    .restore = restore,
};

}  // namespace hug::arch
