// Norms, activations, rotary positions and softmax of one row of f32: the
// reference. rows.h does the same for many, faster.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/float_kernels.h"

namespace hug::nn {

/// y = x / sqrt(mean(x^2) + eps) * w. Shape: x, y, w (n). w may be empty.
void rms_norm(std::span<const float> x, std::span<const float> w, float eps,
              std::span<float> y);
/// y = (x - mean) / sqrt(var + eps) * w + b; w and b may be empty.
void layer_norm(std::span<const float> x, std::span<const float> w,
                std::span<const float> b, float eps, std::span<float> y);

float activate(Activation kind, float x);

/// In place; subtracts the largest first.
void softmax(std::span<float> x);

/// How positions turn a head: one angle step a pair, and the scale of cosine
/// and sine.
struct RopeTable {
  std::vector<float> step;  // radians a position, (n_rot / 2)
  float magnitude = 1.0f;
};

/// Which two elements are a pair.
enum class RopePairs : std::uint8_t {
  kNone,
  kNeighbours,  // 2i and 2i + 1
  kHalves,      // i and i + n_rot / 2
};

/// Turns one head in place. Shape: head (>= n_rot).
void rotate(std::span<float> head, const RopeTable& table, RopePairs pairs,
            std::int64_t position);

}  // namespace hug::nn
