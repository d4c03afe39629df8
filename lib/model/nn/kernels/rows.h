// Products of a few columns: what the sources compiled per instruction set
// offer, in plain types. (An inline function here could leave behind a copy
// that only a large instruction set can run.)
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace hug::nn {

/// Rows [begin, end) of a matrix as it lies in the file, times prepared
/// columns: y[c * y_stride + r] is column c times row r of the whole matrix.
struct RowJob {
  const uint8_t* rows = nullptr;  // row 0
  size_t row_size = 0;
  size_t n_in = 0;
  size_t begin = 0;
  size_t end = 0;
  const uint8_t* columns = nullptr;  // n_column of column_size() bytes each
  size_t n_column = 0;               // 1 to kMaxRowColumns
  const float* bias = nullptr;       // one a row of the whole matrix, or null
  float* y = nullptr;
  size_t y_stride = 0;
};

constexpr size_t kMaxRowColumns = 8;

/// A few columns times rows (a matrix-vector product and its small batches).
/// Kernels with the same prepare() take the same prepared columns.
struct RowKernel {
  /// Bytes of one prepared column of n_in elements, a multiple of 64.
  size_t (*column_size)(size_t n_in) = nullptr;
  /// x (n_in) to one column, 64-aligned: rounded, grouped, summed as the
  /// kernel wants it.
  void (*prepare)(const float* x, size_t n_in, uint8_t* column) = nullptr;
  void (*multiply)(const RowJob& job) = nullptr;
};

/// By gguf type id; without a multiply() where there is none.
struct RowTable {
  RowKernel of[43] = {};
};

#if defined(HUG_HAVE_X86_KERNELS)
extern const RowTable kRowsAvx2;
extern const RowTable kRowsAvx512;  // with VNNI
#endif

}  // namespace hug::nn
