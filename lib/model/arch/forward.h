// The forward pass: tokens through the layers of a model, straight down.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "arch/weights.h"
#include "hug/result.h"
#include "nn/team.h"

namespace hug::arch {

/// What a layer remembers of the tokens before.
struct LayerState {
  std::vector<float> keys = {};    // (n_token, n_head_kv, key_dim)
  std::vector<float> values = {};  // (n_token, n_head_kv, value_dim)
  std::vector<float> conv = {};    // last inputs of a convolution
  std::vector<float> ssm = {};     // (inner, state)
};

/// One sequence. Belongs to one thread at a time.
struct Sequence {
  std::vector<LayerState> layers = {};
  std::size_t n_token = 0;
};

/// Told what leaves a layer (-1: what enters layer 0; n_layer: what the last
/// norm gives). Shape: (n_token, n_embd).
using Observer = std::function<void(int layer, std::span<const float> rows)>;

enum class Want : std::uint8_t {
  kLastLogits,  // (1, n_vocab)
  kAllLogits,   // (n_token, n_vocab)
  kHidden,      // (n_token, n_embd), what enters the head
};

/// Appends tokens to a sequence. `types`: a segment for each token, or empty.
/// Errors: kUsage for ids or positions the model does not have.
Result<std::vector<float>> forward(const Model& model, nn::Team& team,
                                   Sequence& sequence,
                                   std::span<const std::int32_t> ids,
                                   std::span<const std::int32_t> types,
                                   Want want, const Observer& observe = {});

}  // namespace hug::arch
