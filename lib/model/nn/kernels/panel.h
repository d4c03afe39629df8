// Products of many columns: what the sources compiled per instruction set
// offer, in plain types. (An inline function here could leave behind a copy
// that only a large instruction set can run.)
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tensor/dtype_id.h"

namespace hug::nn {

/// Columns to prepare: groups [begin, end) of x (n_column, n_in).
struct ColumnJob {
  const float* x = nullptr;
  size_t n_in = 0;
  size_t n_column = 0;
  size_t begin = 0;
  size_t end = 0;
  uint8_t* columns =
      nullptr;  // columns_size() bytes, 64-aligned, of all groups
};

/// A strip of rows times prepared columns.
struct PanelJob {
  const uint8_t* rows = nullptr;  // the first
  size_t row_size = 0;
  size_t n_row = 0;  // 1 to PanelKernel::rows
  size_t n_in = 0;
  const uint8_t* columns = nullptr;  // what prepare() wrote
  size_t n_column = 0;               // all of them
  size_t begin = 0;                  // groups to do
  size_t end = 0;
  uint8_t* scratch = nullptr;   // scratch_size() bytes, 64-aligned, a thread's
  const float* bias = nullptr;  // (n_row) or null
  float* y = nullptr;           // y[column * y_stride + row]
  size_t y_stride = 0;
  // Used by the kernel for all other types only: n elements to f32.
  void (*decode)(tensor::DType type, const uint8_t* blocks, size_t bytes,
                 float* out, size_t n) = nullptr;
  tensor::DType type = tensor::DType::kF32;
  size_t block = 1;  // elements
  size_t block_size = 4;
};

/// n_column columns are n_column / group groups, rounded up, as even as they
/// come. Kernels with the same prepare() take the same prepared columns.
struct PanelKernel {
  size_t rows = 0;   // of a strip
  size_t group = 0;  // columns of a group at most
  size_t (*columns_size)(size_t n_in, size_t n_column) = nullptr;
  void (*prepare)(const ColumnJob& job) = nullptr;
  /// For jobs of n_group groups.
  size_t (*scratch_size)(size_t n_in, size_t n_group) = nullptr;
  void (*multiply)(const PanelJob& job) = nullptr;
};

/// By gguf type id; without a multiply() where there is none.
struct PanelTable {
  PanelKernel of[43] = {};
  PanelKernel other = {};  // what can only be decoded
};

#if defined(HUG_HAVE_X86_KERNELS)
extern const PanelTable kPanelsAvx2;
extern const PanelTable kPanelsAvx512;  // floats
extern const PanelTable kPanelsVnni;    // integers
extern const PanelTable kPanelsBf16;    // bf16 alone
#endif

}  // namespace hug::nn
