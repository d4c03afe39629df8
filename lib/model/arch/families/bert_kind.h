// What BERT and its descendants have in common.
#pragma once

#include <string>
#include <string_view>

#include "arch/family.h"

namespace hug::arch {

inline constexpr TensorRule kBertOwn[] = {
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

/// Common keys, and that every token sees all others.
Result<void> bert_keys(const Config& config, KeyWriter& out);
void bert_label_keys(const Config& config, KeyWriter& out);
void bert_hug_keys(const Config& config, KeyWriter& out);
/// Old names of norms; heads that go, or have several names.
void rename_bert(const Config& config, std::string& name);
/// Back: segments, labels and the class, which the head tells; `body` is the
/// class without one ("BertModel").
void restore_bert_kind(const GgufFacts& file, Config& config,
                       std::string_view body);
/// tokenizer.ggml.model
bool has_vocabulary(const GgufFacts& file, std::string_view kind);

}  // namespace hug::arch
