// Floats times columns of f32, exactly: no rounding before the sums.

struct F32 {
  static constexpr size_t kSize = 4;

  HUG_LANE static __m512 load(const uint8_t* p) { return _mm512_loadu_ps(p); }

  HUG_LANE static __m512 load(const uint8_t* p, __mmask16 some) {
    return _mm512_maskz_loadu_ps(some, p);
  }
};

struct F16 {
  static constexpr size_t kSize = 2;

  HUG_LANE static __m512 load(const uint8_t* p) {
    return _mm512_cvtph_ps(load_256(p));
  }

  HUG_LANE static __m512 load(const uint8_t* p, __mmask16 some) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(some, p));
  }
};

struct Bf16 {
  static constexpr size_t kSize = 2;

  HUG_LANE static __m512 widened(__m256i v) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16));
  }

  HUG_LANE static __m512 load(const uint8_t* p) { return widened(load_256(p)); }

  HUG_LANE static __m512 load(const uint8_t* p, __mmask16 some) {
    return widened(_mm256_maskz_loadu_epi16(some, p));
  }
};

template <class T>
struct Floats {
  static constexpr RowKernel kColumn = kColumnFloat;

  template <int C>
  HUG_LANE static void dot(const uint8_t* row, size_t n_in,
                           const uint8_t* columns, size_t size, float* out) {
    __m512 acc[C][2];
    HUG_UNROLL
    for (int c = 0; c < C; c++)
      acc[c][0] = acc[c][1] = _mm512_setzero_ps();
    const auto column = [&](int c, size_t i) HUG_LANE_LAMBDA {
      return columns + static_cast<size_t>(c) * size + i * sizeof(float);
    };
    size_t i = 0;
    for (; i + 32 <= n_in; i += 32, row += 32 * T::kSize) {
      prefetch(row, 32 * T::kSize);
      const __m512 w0 = T::load(row);
      const __m512 w1 = T::load(row + 16 * T::kSize);
      HUG_UNROLL
      for (int c = 0; c < C; c++) {
        acc[c][0] =
            _mm512_fmadd_ps(w0, _mm512_load_ps(column(c, i)), acc[c][0]);
        acc[c][1] =
            _mm512_fmadd_ps(w1, _mm512_load_ps(column(c, i + 16)), acc[c][1]);
      }
    }
    for (; i < n_in; i += 16, row += 16 * T::kSize) {
      const size_t n = n_in - i < 16 ? n_in - i : 16;
      const auto some = static_cast<__mmask16>((1U << n) - 1);
      const __m512 w = T::load(row, some);
      HUG_UNROLL
      for (int c = 0; c < C; c++) {
        const __m512 x = _mm512_maskz_loadu_ps(some, column(c, i));
        acc[c][0] = _mm512_fmadd_ps(w, x, acc[c][0]);
      }
    }
    for (int c = 0; c < C; c++)
      out[c] = _mm512_reduce_add_ps(_mm512_add_ps(acc[c][0], acc[c][1]));
  }
};
