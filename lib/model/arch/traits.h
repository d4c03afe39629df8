// What an architecture does that its gguf keys do not say: one row of a table
// an architecture, and what is there is used ("if the tensor exists").
#pragma once

#include <cstdint>
#include <string_view>

#include "nn/ops.h"

namespace hug::arch {

enum class NormKind : std::uint8_t { kRms, kLayer };

/// How a router's logits become weights.
enum class Gating : std::uint8_t {
  kSoftmax,       // over all experts, then the best
  kSigmoid,       // of each
  kSoftmaxOfTop,  // the best first, then over those
};

enum class LayerKind : std::uint8_t { kAttention, kMamba, kShortConv };

/// Which layers have the window, where the file does not tell.
enum class WindowRule : std::uint8_t {
  kNone,
  kAll,
  kEveryOther,  // the first of two
  kFiveOfSix,
};

struct Traits {
  std::string_view arch;
  NormKind norm = NormKind::kRms;
  nn::RopePairs rope = nn::RopePairs::kHalves;
  nn::Activation activation = nn::Activation::kSilu;
  WindowRule window = WindowRule::kNone;
  Gating gating = Gating::kSoftmax;
  bool norm_top = false;     // weights of the chosen experts add up to 1
  bool parallel = false;     // attention and MLP read the same input
  bool embed_scale = false;  // embeddings times sqrt(n_embd)
  bool local_rope = false;   // layers with a window have a base of their own
  bool learned_positions = false;
  bool encoder = false;        // every token sees its whole text
  bool relative = false;       // T5: positions are distances
  bool divide_logits = false;  // logit_scale divides
  bool oai_glu = false;        // gpt-oss: clamped gate and up
  bool post_attention_is_ffn_norm = false;
  bool norm_is_embd_norm = false;                  // lfm2: the last norm's name
  LayerKind other_layers = LayerKind::kAttention;  // layers without kv heads
  unsigned rope_skip = 0;       // every n-th layer has no rope
  bool rope_by_window = false;  // where some have a window, only they rotate
};

/// Null for architectures that have no forward pass here.
const Traits* find_traits(std::string_view arch) noexcept;

}  // namespace hug::arch
