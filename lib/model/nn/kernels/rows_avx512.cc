// Row products for AVX-512 (F, BW, CD, DQ, VL) with VNNI.
#include <immintrin.h>

#include "nn/kernels/row_prelude.h"

namespace hug::nn {
namespace {

// Each needs those before it.
// clang-format off
#include "nn/kernels/row_columns.inl"
#include "nn/kernels/row_frame.inl"
#include "nn/kernels/row_heads.inl"
#include "nn/kernels/row_heads_32.inl"
#include "nn/kernels/row_grids.inl"
#include "nn/kernels/row_blocks_512.inl"
#include "nn/kernels/row_blocks32_512.inl"
#include "nn/kernels/row_floats_512.inl"
#include "nn/kernels/row_table.inl"
// clang-format on

}  // namespace

constexpr RowTable kTable = make_table();
const RowTable kRowsAvx512 = kTable;

}  // namespace hug::nn
