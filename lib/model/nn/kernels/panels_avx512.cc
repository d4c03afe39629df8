// Panels of floats for AVX-512 (F, BW, CD, DQ, VL).
#include <immintrin.h>

#include "nn/kernels/panel_prelude.h"

namespace hug::nn {
namespace {

using namespace tensor;

constexpr size_t kColumns = 8;
constexpr int kC = kColumns;
constexpr size_t kTilePanels = 2;

// Each needs those before it.
// clang-format off
#include "nn/kernels/panel_lanes_512.inl"
#include "nn/kernels/panel_multiply.inl"
#include "nn/kernels/panel_sums_512.inl"

// clang-format on

/// Sums of f32 products: two panels of n elements.
template <int kN>
[[gnu::noinline]] void tile_float(const float (*w)[16], size_t next,
                                  const float (*a)[kColumns], size_t n,
                                  float* sums, bool first) {
  __m512 f[2][kN];
  read_sums(f, sums, first);
  for (; n > 0; n--, w++, a++) {
    const __m512 w0 = _mm512_load_ps(*w);
    const __m512 w1 = _mm512_load_ps(w[next]);
    HUG_UNROLL for (int c = 0; c < kN; c++) {
      const __m512 x = _mm512_set1_ps((*a)[c]);
      f[0][c] = _mm512_fmadd_ps(w0, x, f[0][c]);
      f[1][c] = _mm512_fmadd_ps(w1, x, f[1][c]);
    }
  }
  write_sums(f, sums);
}

#include "nn/kernels/panel_float.inl"

constexpr PanelTable make_table() {
  PanelTable t;
  add_floats(t);
  return t;
}

}  // namespace

constexpr PanelTable kTable = make_table();
const PanelTable kPanelsAvx512 = kTable;

}  // namespace hug::nn
