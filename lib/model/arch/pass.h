// The inside of a forward pass: what its steps share.
#pragma once

#include "arch/forward.h"

namespace hug::arch {

/// One call of forward(). Rows are tokens.
struct Pass {
  const Model& m;
  nn::Team& team;
  std::size_t n = 0;      // tokens of this call
  std::size_t first = 0;  // position of the first
};

/// y = x w^T + b. Shape: x (n, n_in); result (n, n_out).
Vector apply(const Pass& p, const Linear& l, std::span<const float> x);
/// The model's kind of norm over each row of `width` elements.
Vector apply(const Pass& p, const Norm& norm, std::span<const float> x,
             std::size_t width);
void add(std::span<float> x, std::span<const float> y, float factor = 1);

/// (n, n_embd) to (n, n_embd).
Vector attention(const Pass& p, const Layer& l, std::size_t index,
                 LayerState& state, std::span<const float> x);
Vector latent_attention(const Pass& p, const Layer& l, std::size_t index,
                        LayerState& state, std::span<const float> x);
Vector mamba(const Pass& p, const Layer& l, LayerState& state,
             std::span<const float> x);
Vector short_conv(const Pass& p, const Layer& l, LayerState& state,
                  std::span<const float> x);
Vector mlp(const Pass& p, const Layer& l, std::span<const float> x);

/// The angles for a sequence of `n_token` tokens in all.
const nn::RopeTable& rope_of_layer(const Pass& p, const Layer& l,
                                   std::size_t n_token);

}  // namespace hug::arch
