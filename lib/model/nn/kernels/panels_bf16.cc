// Panels of bf16 for AVX-512 with BF16: columns are rounded to bf16 too, pairs
// of products are added in f32.
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

struct alignas(64) PairPanel {
  uint16_t value[16][2];
};

struct PairColumns {
  uint16_t value[kColumns][2];
};

template <int kN>
[[gnu::noinline]] void tile_pairs(const PairPanel* w, size_t next,
                                  const PairColumns* a, size_t n, float* sums,
                                  bool first) {
  __m512 f[2][kN];
  read_sums(f, sums, first);
  for (; n > 0; n--, w++, a++) {
    const auto w0 = reinterpret_cast<__m512bh>(load(w->value));
    const auto w1 = reinterpret_cast<__m512bh>(load(w[next].value));
    HUG_UNROLL for (int c = 0; c < kN; c++) {
      const auto x = reinterpret_cast<__m512bh>(spread(a->value[c]));
      f[0][c] = _mm512_dpbf16_ps(f[0][c], w0, x);
      f[1][c] = _mm512_dpbf16_ps(f[1][c], w1, x);
    }
  }
  write_sums(f, sums);
}

/// One column of a group; an odd element more is zero.
HUG_LANE void prepare_column(const float* x, size_t n_in, PairColumns* to,
                             size_t c) {
  size_t k = 0;
  for (; k + 32 <= n_in; k += 32) {
    const auto v = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(
        _mm512_loadu_ps(x + k + 16), _mm512_loadu_ps(x + k)));
    alignas(64) uint8_t pair[16][4];
    put(pair, v);
    for (size_t i = 0; i < 16; i++)
      __builtin_memcpy(to[k / 2 + i].value[c], pair[i], 4);
  }
  for (; k < n_in; k += 2) {
    to[k / 2].value[c][0] = f32_to_bf16(x[k]);
    to[k / 2].value[c][1] = f32_to_bf16(k + 1 < n_in ? x[k + 1] : 0.0F);
  }
}

void prepare_pairs(const ColumnJob& job) {
  const size_t n_unit = over(job.n_in, 2);
  auto* const columns = reinterpret_cast<PairColumns*>(job.columns);
  for (size_t g = job.begin; g < job.end; g++) {
    const Group group = group_of(job.n_column, g);
    for (size_t c = group.first; c < group.end; c++)
      prepare_column(job.x + c * job.n_in, job.n_in, columns + g * n_unit,
                     c - group.first);
  }
}

/// A policy of multiply().
struct Pairs {
  using Panel = PairPanel;
  using Columns = PairColumns;
  static constexpr size_t kUnit = 2;
  static constexpr size_t kDepth = 512;
  static constexpr size_t kExtra = 0;
  static constexpr size_t kTile = kTilePanels;
  static constexpr auto prepare = prepare_pairs;

  HUG_LANE static void put_step(const uint8_t* const* row, size_t at,
                                Panel* p) {
    Codes z[8];
    load_8(row, at, z);
    HUG_UNROLL for (int g = 0; g < 8; g++) put(p[g].value, z[g]);
  }

  static void pack(const PanelJob& job, const uint8_t* const* row, size_t first,
                   size_t n, Panel* p, uint8_t*) {
    prefetch_next(job, row, 4 * first, 4 * n);
    size_t i = 0;
    // Eight pairs are 32 bytes; what they would read lies inside of the row.
    for (; i + 8 <= n && 2 * (first + i + 8) <= job.n_in; i += 8)
      put_step(row, 4 * (first + i), p + i);
    if (i == n) return;
    alignas(64) uint8_t rest[16][32] = {};
    const uint8_t* end[16];
    const size_t bytes = 2 * (job.n_in - 2 * (first + i));
    for (size_t r = 0; r < 16; r++) {
      __builtin_memcpy(rest[r], row[r] + 4 * (first + i), smaller(bytes, 32));
      end[r] = rest[r];
    }
    Panel last[8];
    put_step(end, 0, last);
    for (size_t j = 0; i + j < n; j++)
      p[i + j] = last[j];
  }

  template <int kN>
  HUG_LANE static void tile(const Panel* w, size_t next, const Columns* a,
                            size_t n, float* sums, bool first) {
    tile_pairs<kN>(w, next, a, n, sums, first);
  }
};

constexpr PanelTable make_table() {
  PanelTable t;
  t.of[static_cast<size_t>(DType::kBf16)] = kernel<Pairs>();
  return t;
}

}  // namespace

constexpr PanelTable kTable = make_table();
const PanelTable kPanelsBf16 = kTable;

}  // namespace hug::nn
