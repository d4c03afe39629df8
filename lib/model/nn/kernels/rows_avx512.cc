// Row products for AVX-512 (F, BW, CD, DQ, VL) with VNNI.
#include <immintrin.h>

#include "nn/kernels/row_prelude.h"

namespace hug::nn {
namespace {

HUG_LANE float sum_of_four(__m128 v) {
  v = _mm_add_ps(v, _mm_movehl_ps(v, v));
  return _mm_cvtss_f32(_mm_add_ss(v, _mm_movehdup_ps(v)));
}

HUG_LANE float sum_of_eight(__m256 v) {
  return sum_of_four(
      _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1)));
}

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
