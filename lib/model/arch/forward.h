// The forward pass: tokens through the layers of a model, straight down.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "arch/sequence.h"
#include "arch/weights.h"
#include "hug/result.h"
#include "nn/team.h"

namespace hug::arch {

/// Told what leaves a layer (-1: what enters layer 0; n_layer: what the last
/// norm gives). Shape: (n_token, n_embd).
using Observer = std::function<void(int layer, std::span<const float> rows)>;

enum class Want : std::uint8_t {
  kLastLogits,  // (1, n_vocab)
  kAllLogits,   // (n_token, n_vocab)
  kHidden,      // (n_token, n_embd), what enters the head
};

struct ForwardOptions {
  /// Tokens that go through the layers together: more take more memory, fewer
  /// read the weights more often. An observed pass and one that is not causal
  /// go in one piece.
  std::size_t chunk = 512;
  Observer observe = {};
};

/// Appends tokens to a sequence of this model. What it gives lies in the
/// sequence's workspace, until the next pass there.
/// Errors: kUsage for ids or positions the model does not have, and for
/// encoders (arch/encoder.h); kLimit when there is no memory left; kCancelled
/// when the team was told to stop. After these two the sequence is as long as
/// before, or empty where it cannot go back.
Result<std::span<const float>> forward(nn::Team& team, Sequence& sequence,
                                       std::span<const std::int32_t> ids,
                                       Want want,
                                       const ForwardOptions& options = {});

}  // namespace hug::arch
