// Keys of our own in gguf files: what the reference format has no place for.
// Readers that do not know them lose nothing they had.
#pragma once

#include <string_view>

namespace hug::arch {

inline constexpr std::string_view kHugRepository = "hug.source.repository";
inline constexpr std::string_view kHugRevision = "hug.source.revision";
/// The activation as config.json names it: "gelu" is the exact form, "gelu_new"
/// and "gelu_pytorch_tanh" the one with tanh.
inline constexpr std::string_view kHugActivation = "hug.activation";
/// u32: tokens that a layer with a window sees, where the architecture has no
/// key for it or its reader ignores it.
inline constexpr std::string_view kHugWindow = "hug.attention.sliding_window";
/// bool a layer: has that window.
inline constexpr std::string_view kHugWindowLayers =
    "hug.attention.sliding_layers";
/// bool a layer: rotates queries and keys.
inline constexpr std::string_view kHugRopeLayers = "hug.rope.layers";
/// bool: the ends of yarn's ramp are whole dimensions; true when absent.
inline constexpr std::string_view kHugYarnTruncate =
    "hug.rope.scaling.yarn_truncate";
/// f32: the decoder's output is multiplied with it before the head.
inline constexpr std::string_view kHugLogitScale = "hug.logit_scale";
/// u32: T5's relative_attention_max_distance.
inline constexpr std::string_view kHugMaxDistance =
    "hug.attention.relative_max_distance";
/// f32 arrays: the dense layer (n_embd, n_embd) and its bias between the first
/// position and the classifier, tanh behind it.
inline constexpr std::string_view kHugPoolerWeight = "hug.pooler.weight";
inline constexpr std::string_view kHugPoolerBias = "hug.pooler.bias";
/// f32 arrays: the head that guesses masked words: a dense layer, (the model's
/// activation,) a norm, and the embeddings with a bias, or a matrix where the
/// head has one of its own.
inline constexpr std::string_view kHugMaskDenseWeight =
    "hug.mask_head.dense.weight";
inline constexpr std::string_view kHugMaskDenseBias =
    "hug.mask_head.dense.bias";
inline constexpr std::string_view kHugMaskNormWeight =
    "hug.mask_head.norm.weight";
inline constexpr std::string_view kHugMaskNormBias = "hug.mask_head.norm.bias";
inline constexpr std::string_view kHugMaskOutputWeight =
    "hug.mask_head.output.weight";
inline constexpr std::string_view kHugMaskOutputBias =
    "hug.mask_head.output.bias";
/// string: the activation between the two layers of a classifier; "tanh" when
/// absent.
inline constexpr std::string_view kHugClassifierActivation =
    "hug.classifier.activation";
/// bool: a text may have several labels; false when absent.
inline constexpr std::string_view kHugClassifierIndependent =
    "hug.classifier.independent";

}  // namespace hug::arch
