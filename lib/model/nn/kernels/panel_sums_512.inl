// The sums of a tile for AVX-512: two panels, up to eight columns.

template <int kN>
HUG_LANE void read_sums(__m512 (&f)[2][kN], const float* sums, bool first) {
  HUG_UNROLL for (int v = 0; v < 2; v++) {
    HUG_UNROLL for (int c = 0; c < kN; c++) {
      f[v][c] = first ? _mm512_setzero_ps()
                      : _mm512_load_ps(sums + (v * kC + c) * 16);
    }
  }
}

template <int kN>
HUG_LANE void write_sums(const __m512 (&f)[2][kN], float* sums) {
  HUG_UNROLL for (int v = 0; v < 2; v++) {
    HUG_UNROLL for (int c = 0; c < kN; c++) {
      _mm512_store_ps(sums + (v * kC + c) * 16, f[v][c]);
    }
  }
}
