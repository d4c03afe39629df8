// Encoders: texts through layers in which every token sees its whole text.
// Several texts go together, one behind the other, without padding; none sees
// another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "arch/forward.h"
#include "arch/weights.h"
#include "hug/result.h"
#include "nn/team.h"
#include "nn/workspace.h"

namespace hug::arch {

struct EncoderInput {
  std::span<const std::int32_t> ids = {};     // of all texts
  std::span<const std::int32_t> types = {};   // a segment a token, or empty
  std::span<const std::size_t> lengths = {};  // of each text; empty: one text
};

/// What leaves the last layer, its norm included. Shape: (n_token, n_embd).
/// Computes in `work`.
/// Errors: kUsage for a model that is no encoder, and for ids, types or lengths
/// that it does not have; kLimit when there is no memory left; kCancelled when
/// the team was told to stop.
Result<Vector> encode(const Model& model, nn::Team& team, nn::Workspace& work,
                      const EncoderInput& input, const Observer& observe = {});

/// Most tokens that one text may have; 0: any number.
std::size_t longest_text(const Model& model) noexcept;

}  // namespace hug::arch
