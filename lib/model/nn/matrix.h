// Weights as they lie in a file.
#pragma once

#include <cstddef>
#include <span>

#include "tensor/dtype.h"

namespace hug::nn {

/// n_out rows of n_in elements, row after row. Borrowed.
struct Matrix {
  tensor::DType type = tensor::DType::kF32;
  std::span<const std::byte> bytes = {};
  std::size_t n_in = 0;
  std::size_t n_out = 0;

  bool empty() const noexcept { return n_out == 0; }

  std::size_t row_size() const noexcept {
    return n_out == 0 ? 0 : bytes.size() / n_out;
  }

  /// Rows [begin, begin + count).
  Matrix rows(std::size_t begin, std::size_t count) const {
    const std::size_t size = row_size();
    return {type, bytes.subspan(begin * size, count * size), n_in, count};
  }
};

}  // namespace hug::nn
