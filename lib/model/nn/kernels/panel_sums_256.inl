// Tiles for AVX2: 16 rows, as two registers, times up to six columns.

// The compiler would turn a chain of additions into a tree, which needs more
// registers than there are; these stay as they are.
HUG_LANE void add_16(__m256i& a, __m256i b) {
  asm("vpaddw %1, %0, %0" : "+x"(a) : "x"(b));
}

HUG_LANE void add_32(__m256i& a, __m256i b) {
  asm("vpaddd %1, %0, %0" : "+x"(a) : "x"(b));
}

template <int kN>
HUG_LANE void read_sums(__m256 (&f)[2][kN], const float* sums, bool first) {
  for (int v = 0; v < 2; v++)
    for (int c = 0; c < kN; c++)
      f[v][c] =
          first ? _mm256_setzero_ps() : _mm256_load_ps(sums + 16 * c + 8 * v);
}

template <int kN>
HUG_LANE void write_sums(const __m256 (&f)[2][kN], float* sums) {
  for (int v = 0; v < 2; v++)
    for (int c = 0; c < kN; c++)
      _mm256_store_ps(sums + 16 * c + 8 * v, f[v][c]);
}

/// kGroups groups of 16 rows times kN columns, in 16 bits.
template <int kGroups, int kN>
HUG_LANE void add_products(__m256i (&t)[2][kN], const uint8_t* w,
                           const uint8_t* a) {
  HUG_UNROLL for (int g = 0; g < kGroups; g++) {
    const __m256i w0 = load(w + 64 * g);
    const __m256i w1 = load(w + 64 * g + 32);
    HUG_UNROLL for (int c = 0; c < kN; c++) {
      const __m256i x = spread(a + (g * kC + c) * 4);
      add_16(t[0][c], _mm256_maddubs_epi16(w0, x));
      add_16(t[1][c], _mm256_maddubs_epi16(w1, x));
    }
  }
}

/// What the sums begin at; start is null without a bias.
template <int kBias, int kN>
HUG_LANE void begin_sums(__m256i (&t)[2][kN], const int32_t* start) {
  HUG_UNROLL for (int c = 0; c < kN; c++) {
    if constexpr (kBias == 0) {
      t[0][c] = _mm256_setzero_si256();
    } else {
      t[0][c] = _mm256_mullo_epi16(spread(start + c), _mm256_set1_epi16(kBias));
    }
    t[1][c] = t[0][c];
  }
}

/// Eight rows: magnitudes times signed columns, scaled.
template <int kGroups, int kN>
HUG_LANE void add_signed(__m256i (&s)[kN], const uint8_t* w, const uint8_t* a,
                         __m256i scale) {
  HUG_UNROLL for (int g = 0; g < kGroups; g++) {
    const __m256i q = load(w + 64 * g);
    const __m256i u = _mm256_abs_epi8(q);
    HUG_UNROLL for (int c = 0; c < kN; c++) {
      const __m256i x = _mm256_sign_epi8(spread(a + (g * kC + c) * 4), q);
      add_32(s[c], _mm256_madd_epi16(_mm256_maddubs_epi16(u, x), scale));
    }
  }
}

/// The integer sums of eight rows of one super-block to f32.
template <int kSub, bool kLow, int kN>
HUG_LANE void finish_super(__m256 (&f)[kN], const __m256i (&whole)[kN],
                           const Panel256<kSub, kLow>& w, const Columns256& a,
                           int half) {
  const __m256 d = _mm256_load_ps(w.d + 8 * half);
  if constexpr (!kLow) {
    for (int c = 0; c < kN; c++) {
      const __m256 z = _mm256_mul_ps(d, _mm256_set1_ps(a.d[c]));
      f[c] = _mm256_fmadd_ps(z, _mm256_cvtepi32_ps(whole[c]), f[c]);
    }
  } else {
    const __m256 low_d = _mm256_load_ps(w.low_d + 8 * half);
    for (int c = 0; c < kN; c++) {
      __m256i q = _mm256_setzero_si256();
      HUG_UNROLL for (int i = 0; i < 128 / kSub; i++) {
        const int32_t* const pair =
            kSub == 16 ? &a.pair[i][c] : &a.pair_32[i % 4][c];
        q = _mm256_add_epi32(
            q, _mm256_madd_epi16(load(w.low[i] + 8 * half), spread(pair)));
      }
      const __m256 z =
          _mm256_fmsub_ps(d, _mm256_cvtepi32_ps(whole[c]),
                          _mm256_mul_ps(low_d, _mm256_cvtepi32_ps(q)));
      f[c] = _mm256_fmadd_ps(_mm256_set1_ps(a.d[c]), z, f[c]);
    }
  }
}

template <int kSub, int kN>
HUG_LANE void super_signed(__m256 (&f)[2][kN], const Panel256<kSub, false>& w,
                           const Columns256& a) {
  for (int v = 0; v < 2; v++) {
    __m256i s[kN];
    for (int c = 0; c < kN; c++)
      s[c] = _mm256_setzero_si256();
    for (int b = 0; b < 16; b++)
      add_signed<4>(s, w.code + 256 * b + 32 * v, a.code[4 * b][0],
                    load(w.scale[b * 16 / kSub] + 8 * v));
    finish_super(f[v], s, w, a, v);
  }
}

template <Way kWay, int kSub, int kN>
HUG_LANE void super_unsigned(__m256 (&f)[2][kN],
                             const Panel256<kSub, kWay.kind == Kind::kLow>& w,
                             const Columns256& a) {
  __m256i whole[2][kN] = {};
  for (int b = 0; b < 256 / kSub; b++) {
    const __m256i scale[2] = {load(w.scale[b]), load(w.scale[b] + 8)};
    for (int at = b * kSub / 4; at < (b + 1) * kSub / 4; at += kWay.step) {
      __m256i t[2][kN];
      begin_sums<kWay.bias>(t,
                            kSub == 16 ? a.start[b % 16] : a.start_32[b % 8]);
      add_products<kWay.step>(t, w.code + 64 * at, a.code[at][0]);
      HUG_UNROLL for (int v = 0; v < 2; v++) {
        HUG_UNROLL for (int c = 0; c < kN; c++) {
          const __m256i z = _mm256_madd_epi16(t[v][c], scale[v]);
          whole[v][c] = _mm256_add_epi32(z, whole[v][c]);
        }
      }
    }
  }
  finish_super(f[0], whole[0], w, a, 0);
  finish_super(f[1], whole[1], w, a, 1);
}

template <Way kWay, int kSub, int kN>
[[gnu::noinline]] void tile_256(
    const Panel256<kSub, kWay.kind == Kind::kLow>* w, size_t /*next*/,
    const Columns256* a, size_t n, float* sums, bool first) {
  __m256 f[2][kN];
  read_sums(f, sums, first);
  for (; n > 0; n--, w++, a++) {
    if constexpr (kWay.kind == Kind::kSigned) {
      super_signed(f, *w, *a);
    } else {
      super_unsigned<kWay>(f, *w, *a);
    }
  }
  write_sums(f, sums);
}

/// Integer sums of eight rows of one block to f32.
template <bool kLow, int kN>
HUG_LANE void finish_plain(__m256 (&f)[kN], const __m256i (&whole)[kN],
                           const Panel32<kLow>& w, const Columns32& a,
                           int half) {
  const __m256 d = _mm256_load_ps(w.d + 8 * half);
  HUG_UNROLL for (int c = 0; c < kN; c++) {
    const __m256 z = _mm256_mul_ps(d, _mm256_set1_ps(a.d[c]));
    f[c] = _mm256_fmadd_ps(z, _mm256_cvtepi32_ps(whole[c]), f[c]);
    if constexpr (kLow) {
      f[c] = _mm256_fmadd_ps(_mm256_load_ps(w.low + 8 * half),
                             _mm256_set1_ps(a.sum[c]), f[c]);
    }
  }
}

template <Way kWay, int kN>
HUG_LANE void plain(__m256 (&f)[2][kN],
                    const Panel32<kWay.kind == Kind::kLow>& w,
                    const Columns32& a) {
  const __m256i one = _mm256_set1_epi16(1);
  if constexpr (kWay.kind == Kind::kSigned) {
    for (int v = 0; v < 2; v++) {
      __m256i s[kN];
      for (int c = 0; c < kN; c++)
        s[c] = _mm256_setzero_si256();
      add_signed<8>(s, w.code + 32 * v, a.code[0][0], one);
      finish_plain(f[v], s, w, a, v);
    }
  } else {
    __m256i whole[2][kN] = {};
    for (int at = 0; at < 8; at += kWay.step) {
      __m256i t[2][kN];
      begin_sums<kWay.bias>(t, a.start);
      add_products<kWay.step>(t, w.code + 64 * at, a.code[at][0]);
      HUG_UNROLL for (int v = 0; v < 2; v++) {
        HUG_UNROLL for (int c = 0; c < kN; c++) {
          const __m256i z = _mm256_madd_epi16(t[v][c], one);
          whole[v][c] = _mm256_add_epi32(z, whole[v][c]);
        }
      }
    }
    finish_plain(f[0], whole[0], w, a, 0);
    finish_plain(f[1], whole[1], w, a, 1);
  }
}

template <Way kWay, int kN>
[[gnu::noinline]] void tile_32(const Panel32<kWay.kind == Kind::kLow>* w,
                               size_t /*next*/, const Columns32* a, size_t n,
                               float* sums, bool first) {
  __m256 f[2][kN];
  read_sums(f, sums, first);
  for (; n > 0; n--, w++, a++)
    plain<kWay>(f, *w, *a);
  write_sums(f, sums);
}

/// Sums of f32 products: 16 rows of n elements.
template <int kN>
[[gnu::noinline]] void tile_float(const float (*w)[16], size_t /*next*/,
                                  const float (*a)[kColumns], size_t n,
                                  float* sums, bool first) {
  __m256 f[2][kN];
  read_sums(f, sums, first);
  for (; n > 0; n--, w++, a++) {
    const __m256 w0 = _mm256_load_ps(*w);
    const __m256 w1 = _mm256_load_ps(*w + 8);
    HUG_UNROLL for (int c = 0; c < kN; c++) {
      const __m256 x = _mm256_broadcast_ss(*a + c);
      f[0][c] = _mm256_fmadd_ps(w0, x, f[0][c]);
      f[1][c] = _mm256_fmadd_ps(w1, x, f[1][c]);
    }
  }
  write_sums(f, sums);
}
