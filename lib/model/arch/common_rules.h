// Names that many families share. A family's own rules come before these.
#pragma once

#include "arch/tensor_rule.h"

namespace hug::arch {

inline constexpr TensorRule kModelRules[] = {
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm"},
    {"output", "lm_head"},
};
inline constexpr TensorRule kLayerNormRules[] = {
    {"blk.#.attn_norm", "model.layers.#.input_layernorm"},
    {"blk.#.ffn_norm", "model.layers.#.post_attention_layernorm"},
};
inline constexpr TensorRule kAttentionRules[] = {
    {"blk.#.attn_q", "model.layers.#.self_attn.q_proj"},
    {"blk.#.attn_k", "model.layers.#.self_attn.k_proj"},
    {"blk.#.attn_v", "model.layers.#.self_attn.v_proj"},
    {"blk.#.attn_output", "model.layers.#.self_attn.o_proj"},
};
inline constexpr TensorRule kPermutedAttentionRules[] = {
    {"blk.#.attn_q", "model.layers.#.self_attn.q_proj", Op::kPermuteQ},
    {"blk.#.attn_k", "model.layers.#.self_attn.k_proj", Op::kPermuteK},
    {"blk.#.attn_v", "model.layers.#.self_attn.v_proj"},
    {"blk.#.attn_output", "model.layers.#.self_attn.o_proj"},
};
inline constexpr TensorRule kHeadNormRules[] = {
    {"blk.#.attn_q_norm", "model.layers.#.self_attn.q_norm"},
    {"blk.#.attn_k_norm", "model.layers.#.self_attn.k_norm"},
};
/// Norms after attention and MLP instead of before them.
inline constexpr TensorRule kPostNormRules[] = {
    {"blk.#.post_attention_norm", "model.layers.#.post_attention_layernorm"},
    {"blk.#.post_ffw_norm", "model.layers.#.post_feedforward_layernorm"},
};
inline constexpr TensorRule kGatedMlpRules[] = {
    {"blk.#.ffn_gate", "model.layers.#.mlp.gate_proj"},
    {"blk.#.ffn_up", "model.layers.#.mlp.up_proj"},
    {"blk.#.ffn_down", "model.layers.#.mlp.down_proj"},
};
/// In the order in which the reference writes them when a layer is complete.
inline constexpr TensorRule kExpertRules[] = {
    {"blk.#.ffn_down_exps", "model.layers.#.mlp.experts.@.down_proj",
     Op::kStack},
    {"blk.#.ffn_gate_exps", "model.layers.#.mlp.experts.@.gate_proj",
     Op::kStack},
    {"blk.#.ffn_up_exps", "model.layers.#.mlp.experts.@.up_proj", Op::kStack},
    {"blk.#.ffn_gate_inp", "model.layers.#.mlp.gate"},
    {"blk.#.ffn_down_exps.weight", "model.layers.#.mlp.experts.down_proj",
     Op::kCopy, true},
    {"blk.#.ffn_gate_exps.weight", "model.layers.#.mlp.experts.gate_up_proj",
     Op::kFirstHalf, true},
    {"blk.#.ffn_up_exps.weight", "model.layers.#.mlp.experts.gate_up_proj",
     Op::kSecondHalf, true},
};

}  // namespace hug::arch
