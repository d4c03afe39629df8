// Norms, rotations and activations of many rows at once, shared out to the
// team, by the kernels of its instruction set.
#pragma once

#include <cstddef>
#include <span>

#include "nn/ops.h"
#include "nn/team.h"
#include "nn/workspace.h"

namespace hug::nn {

struct NormWeights {
  bool centred = false;  // LayerNorm; else RMSNorm
  float eps = 0;
  /// (width) or a multiple: then rows go round through the sets. Or empty.
  std::span<const float> w = {};
  std::span<const float> b = {};
};

/// y = norm of each row of `width` elements of x. y may be x.
void norm_rows(Team& team, const NormWeights& norm, std::span<const float> x,
               std::size_t width, std::span<float> y);

/// Cosines and sines for consecutive positions.
struct Turns {
  RopePairs pairs = RopePairs::kNone;
  std::size_t n_rot = 0;            // elements that turn
  std::size_t width = 0;            // of a row of cos and sin
  std::span<const float> cos = {};  // (n, width)
  std::span<const float> sin = {};
};

/// For positions [first, first + n); lies in `work`.
Turns make_turns(Team& team, Workspace& work, const RopeTable& table,
                 RopePairs pairs, std::size_t first, std::size_t n);
/// Turns the elements from `offset` of each head on. Shape: x (n, n_head,
/// head_dim).
void turn_heads(Team& team, const Turns& turns, std::span<float> x,
                std::size_t n_head, std::size_t head_dim,
                std::size_t offset = 0);

/// y = act(gate) * y, or act(y) where gate is empty.
void activate(Team& team, Activation kind, std::span<const float> gate,
              std::span<float> y);
/// y = act(x) * x', where each row of x (n, 2 width) holds first one, then the
/// other. Shape: y (n, width).
void activate_halves(Team& team, Activation kind, std::span<const float> x,
                     std::size_t width, std::span<float> y);
/// gpt-oss: clamps both, y = gate * sigmoid(1.702 gate) * (y + 1).
void clamped_glu(Team& team, std::span<const float> gate, std::span<float> y);
/// x = cap * tanh(x / cap).
void softcap(Team& team, std::span<float> x, float cap);
/// x += y * factor.
void add(Team& team, std::span<float> x, std::span<const float> y,
         float factor = 1);

}  // namespace hug::nn
