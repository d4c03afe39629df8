// Matrix products: activations in f32 times weights of any type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "nn/matrix.h"
#include "nn/team.h"

namespace hug::nn {

/// y = x w^T + bias. Shape: y (n_token, w.n_out), row-major; bias (w.n_out) or
/// empty.
struct Product {
  Matrix w = {};
  std::span<const float> bias = {};
  std::span<float> y = {};
};

/// Several products of one input in one go: x is prepared once, the rows of
/// all matrices are shared out together. Shape: x (n_token, n_in).
/// Requires types that can be decoded, n_in of whole blocks and equal in all
/// products (checked when the weights were loaded). Sums are the same for any
/// number of threads. With Isa::kScalar everything is f32: the reference.
void matmul(Team& team, std::span<const float> x,
            std::span<const Product> products);
/// One product without bias.
void matmul(Team& team, std::span<const float> x, const Matrix& w,
            std::span<float> y);
/// One row of weights as f32 (an embedding). Shape: out (n_in).
void decode_row(const Matrix& w, std::size_t row, std::span<float> out);

}  // namespace hug::nn
