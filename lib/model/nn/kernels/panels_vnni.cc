// Panels of integers for AVX-512 with VNNI: vpdpbusd multiplies unsigned codes
// by signed ones and adds four products to 32 bits, so any code will do. Signed
// ones are raised by 128, and what the sums begin at takes that away again.
#include <immintrin.h>

#include "nn/kernels/panel_prelude.h"

namespace hug::nn {
namespace {

using namespace tensor;

constexpr size_t kColumns = 8;
constexpr size_t kTilePanels = 2;
constexpr int kC = kColumns;

constexpr int lift_of(Kind kind, int bias, int /*most*/, int /*sub*/) {
  return kind == Kind::kLow ? 0 : 128 - bias;
}

constexpr Kind way_of(Kind kind, int /*bias*/, int /*most*/, int /*sub*/) {
  return kind == Kind::kLow ? Kind::kLow : Kind::kBiased;
}

HUG_LANE int32_t start_of(PairSums p) {
  return -128 * (p.low + p.high);
}

HUG_LANE int32_t scale_word(int scale) {
  return scale;
}

// Each needs those before it.
// clang-format off
#include "nn/kernels/panel_lanes_512.inl"
#include "nn/kernels/panel_types.inl"
#include "nn/kernels/panel_types_k.inl"
#include "nn/kernels/panel_types_iq.inl"
#include "nn/kernels/panel_multiply.inl"
#include "nn/kernels/panel_columns.inl"
#include "nn/kernels/panel_sums_512.inl"

// clang-format on

/// kGroups groups of both panels times kN columns.
template <int kGroups, int kN>
HUG_LANE void add_products(__m512i (&t)[2][kN], const uint8_t* w,
                           const uint8_t* next, const uint8_t* a) {
  HUG_UNROLL for (int g = 0; g < kGroups; g++) {
    const __m512i w0 = load(w + 64 * g);
    const __m512i w1 = load(next + 64 * g);
    HUG_UNROLL for (int c = 0; c < kN; c++) {
      const __m512i x = spread(a + (g * kC + c) * 4);
      t[0][c] = _mm512_dpbusd_epi32(t[0][c], w0, x);
      t[1][c] = _mm512_dpbusd_epi32(t[1][c], w1, x);
    }
  }
}

/// What the sums of one sub-block begin at.
template <Kind kWay, int kN>
HUG_LANE void begin_sums(__m512i (&t)[2][kN], const int32_t* start) {
  HUG_UNROLL for (int c = 0; c < kN; c++) {
    t[0][c] = kWay == Kind::kLow ? _mm512_setzero_si512()
                                 : _mm512_set1_epi32(start[c]);
    t[1][c] = t[0][c];
  }
}

/// The lows of one panel times the sums of the columns.
template <int kSub>
HUG_LANE __m512i lows(const __m512i (&low)[128 / kSub], const Columns256& a,
                      int c) {
  __m512i q = _mm512_setzero_si512();
  HUG_UNROLL for (int i = 0; i < 128 / kSub; i++) {
    const int32_t* const pair = kSub == 16 ? &a.pair[i][c] : &a.pair_32[i][c];
    q = _mm512_dpwssd_epi32(q, low[i], spread(pair));
  }
  return q;
}

/// The integer sums of one super-block to f32.
template <int kSub, bool kLow, int kN>
HUG_LANE void finish_super(__m512 (&f)[kN], const __m512i (&whole)[kN],
                           const Panel256<kSub, kLow>& w, const Columns256& a) {
  const __m512 d = _mm512_load_ps(w.d);
  if constexpr (kLow) {
    const __m512 low_d = _mm512_load_ps(w.low_d);
    __m512i low[128 / kSub];
    HUG_UNROLL for (int i = 0; i < 128 / kSub; i++) low[i] = load(w.low[i]);
    HUG_UNROLL for (int c = 0; c < kN; c++) {
      const __m512 q = _mm512_cvtepi32_ps(lows<kSub>(low, a, c));
      const __m512 z = _mm512_fmsub_ps(d, _mm512_cvtepi32_ps(whole[c]),
                                       _mm512_mul_ps(low_d, q));
      f[c] = _mm512_fmadd_ps(_mm512_set1_ps(a.d[c]), z, f[c]);
    }
  } else {
    HUG_UNROLL for (int c = 0; c < kN; c++) {
      const __m512 z = _mm512_mul_ps(d, _mm512_set1_ps(a.d[c]));
      f[c] = _mm512_fmadd_ps(z, _mm512_cvtepi32_ps(whole[c]), f[c]);
    }
  }
}

template <Kind kWay, int kSub, int kN>
[[gnu::noinline]] void tile_256(const Panel256<kSub, kWay == Kind::kLow>* w,
                                size_t next, const Columns256* a, size_t n,
                                float* sums, bool first) {
  __m512 f[2][kN];
  read_sums(f, sums, first);
  for (; n > 0; n--, w++, a++) {
    __m512i whole[2][kN];
    for (int b = 0; b < 256 / kSub; b++) {
      __m512i t[2][kN];
      begin_sums<kWay>(t, kSub == 16 ? a->start[b] : a->start_32[b % 8]);
      add_products<kSub / 4>(t, w->code + b * kSub * 16,
                             w[next].code + b * kSub * 16,
                             a->code[b * kSub / 4][0]);
      HUG_UNROLL for (int v = 0; v < 2; v++) {
        const __m512i scale = load(w[v == 0 ? 0 : next].scale[b]);
        HUG_UNROLL for (int c = 0; c < kN; c++) {
          const __m512i z = _mm512_mullo_epi32(t[v][c], scale);
          whole[v][c] = b == 0 ? z : _mm512_add_epi32(z, whole[v][c]);
        }
      }
    }
    finish_super(f[0], whole[0], w[0], *a);
    finish_super(f[1], whole[1], w[next], *a);
  }
  write_sums(f, sums);
}

template <Kind kWay, int kN>
[[gnu::noinline]] void tile_32(const Panel32<kWay == Kind::kLow>* w,
                               size_t next, const Columns32* a, size_t n,
                               float* sums, bool first) {
  __m512 f[2][kN];
  read_sums(f, sums, first);
  for (; n > 0; n--, w++, a++) {
    __m512i t[2][kN];
    begin_sums<kWay>(t, a->start);
    add_products<8>(t, w->code, w[next].code, a->code[0][0]);
    HUG_UNROLL for (int v = 0; v < 2; v++) {
      const auto& p = w[v == 0 ? 0 : next];
      const __m512 d = _mm512_load_ps(p.d);
      HUG_UNROLL for (int c = 0; c < kN; c++) {
        const __m512 z = _mm512_mul_ps(d, _mm512_set1_ps(a->d[c]));
        f[v][c] = _mm512_fmadd_ps(z, _mm512_cvtepi32_ps(t[v][c]), f[v][c]);
        if constexpr (kWay == Kind::kLow) {
          f[v][c] = _mm512_fmadd_ps(_mm512_load_ps(p.low),
                                    _mm512_set1_ps(a->sum[c]), f[v][c]);
        }
      }
    }
  }
  write_sums(f, sums);
}

#include "nn/kernels/panel_blocks.inl"

}  // namespace

constexpr PanelTable kTable = make_table();
const PanelTable kPanelsVnni = kTable;

}  // namespace hug::nn
