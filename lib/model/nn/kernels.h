// What one instruction set offers for products: one table a set, chosen once.
// Every kernel adds in an order that depends on nothing but the shapes, so
// results are the same for any number of threads.
#pragma once

#include <cstddef>
#include <span>

#include "nn/kernels/panel.h"
#include "nn/matrix.h"
#include "tensor/isa.h"

namespace hug::nn {

/// Rows [begin, end) of `w` times prepared columns.
/// y[c * y_stride + r] is column c times row r of the whole matrix.
struct RowJob {
  Matrix w = {};
  std::size_t begin = 0;
  std::size_t end = 0;
  const std::byte* columns = nullptr;  // n_column of column_size() bytes each
  std::size_t n_column = 0;            // 1 to kMaxRowColumns
  float* y = nullptr;
  std::size_t y_stride = 0;
};

inline constexpr std::size_t kMaxRowColumns = 8;

/// A few columns times rows as they lie in the file (a matrix-vector product
/// and its small batches).
struct RowKernel {
  tensor::DType type = tensor::DType::kF32;
  /// Bytes of one prepared column of n_in elements, a multiple of 64.
  std::size_t (*column_size)(std::size_t n_in) = nullptr;
  /// x (n_in) to one column, 64-aligned: rounded, grouped, summed as the
  /// kernel wants it.
  void (*prepare)(const float* x, std::size_t n_in,
                  std::byte* column) = nullptr;
  void (*multiply)(const RowJob& job) = nullptr;
};

/// Null: the type has no such kernel; panels take it.
const RowKernel* find_row_kernel(tensor::DType type, tensor::Isa isa) noexcept;
/// Null with Isa::kScalar only: everything that can be decoded has one.
const PanelKernel* find_panel_kernel(tensor::DType type,
                                     tensor::Isa isa) noexcept;

}  // namespace hug::nn
