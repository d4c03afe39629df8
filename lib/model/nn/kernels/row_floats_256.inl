// Floats times columns of f32, exactly: no rounding before the sums.

struct F32 {
  static constexpr size_t kSize = 4;

  HUG_LANE static __m256 load(const uint8_t* p) {
    return _mm256_loadu_ps(reinterpret_cast<const float*>(p));
  }
};

struct F16 {
  static constexpr size_t kSize = 2;

  HUG_LANE static __m256 load(const uint8_t* p) {
    return _mm256_cvtph_ps(load_128(p));
  }
};

struct Bf16 {
  static constexpr size_t kSize = 2;

  HUG_LANE static __m256 load(const uint8_t* p) {
    return _mm256_castsi256_ps(
        _mm256_slli_epi32(_mm256_cvtepu16_epi32(load_128(p)), 16));
  }
};

template <class T>
struct Floats {
  static constexpr RowKernel kColumn = kColumnFloat;

  template <int C>
  HUG_LANE static void dot(const uint8_t* row, size_t n_in,
                           const uint8_t* columns, size_t size, float* out) {
    __m256 acc[C][2];
    HUG_UNROLL
    for (int c = 0; c < C; c++)
      acc[c][0] = acc[c][1] = _mm256_setzero_ps();
    const auto column = [&](int c, size_t i) HUG_LANE_LAMBDA {
      return reinterpret_cast<const float*>(columns +
                                            static_cast<size_t>(c) * size) +
             i;
    };
    size_t i = 0;
    for (; i + 32 <= n_in; i += 32, row += 32 * T::kSize) {
      prefetch(row, 32 * T::kSize);
      HUG_UNROLL
      for (size_t k = 0; k < 4; k++) {
        const __m256 w = T::load(row + 8 * k * T::kSize);
        HUG_UNROLL
        for (int c = 0; c < C; c++) {
          const __m256 x = _mm256_load_ps(column(c, i + 8 * k));
          acc[c][k % 2] = _mm256_fmadd_ps(w, x, acc[c][k % 2]);
        }
      }
    }
    for (; i < n_in; i += 8, row += 8 * T::kSize) {
      const size_t n = n_in - i < 8 ? n_in - i : 8;
      alignas(32) uint8_t rest[32] = {};
      __builtin_memcpy(rest, row, n * T::kSize);
      const __m256 w = T::load(rest);
      HUG_UNROLL
      for (int c = 0; c < C; c++) {
        alignas(32) float x[8] = {};
        __builtin_memcpy(x, column(c, i), n * sizeof(float));
        acc[c][0] = _mm256_fmadd_ps(w, _mm256_load_ps(x), acc[c][0]);
      }
    }
    for (int c = 0; c < C; c++)
      out[c] = sum_of_eight(_mm256_add_ps(acc[c][0], acc[c][1]));
  }
};
