// What one instruction set offers for products: one table a set, chosen once.
// Every kernel adds in an order that depends on nothing but the shapes, so
// results are the same for any number of threads.
#pragma once

#include <cstddef>
#include <span>

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

/// Rows a strip of a panel holds.
inline constexpr std::size_t kStripRows = 16;

/// One strip of rows times all prepared columns.
struct StripJob {
  Matrix w = {};
  std::size_t row = 0;                 // the first; the last strip may be short
  const std::byte* columns = nullptr;  // what prepare() wrote
  std::size_t n_column = 0;            // all of them
  std::size_t begin = 0;               // columns to do, whole groups
  std::size_t end = 0;
  std::byte* scratch = nullptr;  // scratch_size() bytes, 64-aligned, a thread
  float* y = nullptr;            // (n_column, y_stride), as in RowJob
  std::size_t y_stride = 0;
};

/// Many columns: strips are unpacked once and meet all columns.
struct PanelKernel {
  tensor::DType type = tensor::DType::kF32;
  std::size_t group = 1;  // columns prepared together
  /// Bytes of n_column prepared columns.
  std::size_t (*columns_size)(std::size_t n_in, std::size_t n_column) = nullptr;
  /// x (n_column, n_in): prepares columns [begin, end), whole groups (the last
  /// may be short), into their place of `columns` (64-aligned).
  void (*prepare)(const float* x, std::size_t n_in, std::size_t n_column,
                  std::size_t begin, std::size_t end,
                  std::byte* columns) = nullptr;
  std::size_t (*scratch_size)(std::size_t n_in) = nullptr;
  void (*multiply)(const StripJob& job) = nullptr;
};

/// Null: the type has no such kernel; the caller decodes rows to f32.
const RowKernel* find_row_kernel(tensor::DType type, tensor::Isa isa) noexcept;
const PanelKernel* find_panel_kernel(tensor::DType type,
                                     tensor::Isa isa) noexcept;

}  // namespace hug::nn
