// Matrix products: activations in f32 times weights of any type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "nn/team.h"
#include "tensor/dtype.h"

namespace hug::nn {

/// Weights as they lie in a file: n_out rows of n_in elements. Borrowed.
struct Matrix {
  tensor::DType type = tensor::DType::kF32;
  std::span<const std::byte> bytes = {};
  std::size_t n_in = 0;
  std::size_t n_out = 0;

  bool empty() const noexcept { return n_out == 0; }

  /// Rows [begin, begin + count).
  Matrix rows(std::size_t begin, std::size_t count) const;
};

/// y = x w^T. Shape: x (n_token, n_in), y (n_token, n_out), both row-major.
/// Requires a type that can be decoded and n_in of whole blocks (checked when
/// the weights were loaded). Sums are the same for any number of threads.
void matmul(Team& team, std::span<const float> x, const Matrix& w,
            std::span<float> y);
/// One row of weights as f32 (an embedding). Shape: out (n_in).
void decode_row(const Matrix& w, std::size_t row, std::span<float> out);

}  // namespace hug::nn
