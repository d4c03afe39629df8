// Eight floats side by side (AVX2, FMA, F16C).

constexpr size_t kLanes = 8;
constexpr size_t kTileRows = 6;  // of a tile of two vectors
constexpr size_t kWideRows = 2;  // of a tile of four
constexpr size_t kFewRows = 6;   // scores of a group at a time

struct F {
  __m256 v;
};

HUG_LANE F set(float x) {
  return {_mm256_set1_ps(x)};
}

HUG_LANE F load(const float* p) {
  return {_mm256_loadu_ps(p)};
}

HUG_LANE F load(const uint16_t* p) {  // f16
  return {
      _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}

HUG_LANE void store(float* p, F f) {
  _mm256_storeu_ps(p, f.v);
}

HUG_LANE __m256i first(size_t n) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane);
}

// The first n lanes, zeros behind.
HUG_LANE F load_part(const float* p, size_t n) {
  return {_mm256_maskload_ps(p, first(n))};
}

HUG_LANE void store_part(float* p, F f, size_t n) {
  _mm256_maskstore_ps(p, first(n), f.v);
}

// To nearest; bytes of [-128, 127].
HUG_LANE void store_bytes(int8_t* p, F f) {
  const __m256i i = _mm256_cvtps_epi32(f.v);
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(i),
                                        _mm256_extracti128_si256(i, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p),
                   _mm_packs_epi16(words, words));
}

HUG_LANE void store_halves(uint16_t* p, F f) {
  _mm_storeu_si128(
      reinterpret_cast<__m128i*>(p),
      _mm256_cvtps_ph(f.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

HUG_LANE F operator+(F a, F b) {
  return {_mm256_add_ps(a.v, b.v)};
}

HUG_LANE F operator-(F a, F b) {
  return {_mm256_sub_ps(a.v, b.v)};
}

HUG_LANE F operator*(F a, F b) {
  return {_mm256_mul_ps(a.v, b.v)};
}

HUG_LANE F operator/(F a, F b) {
  return {_mm256_div_ps(a.v, b.v)};
}

// a * b + c
HUG_LANE F fma(F a, F b, F c) {
  return {_mm256_fmadd_ps(a.v, b.v, c.v)};
}

HUG_LANE F max(F a, F b) {
  return {_mm256_max_ps(a.v, b.v)};
}

HUG_LANE F min(F a, F b) {
  return {_mm256_min_ps(a.v, b.v)};
}

HUG_LANE F round(F a) {
  return {_mm256_round_ps(a.v, 0)};
}

// a * 2^n for whole n, within the normal numbers.
HUG_LANE F scale_by_power(F a, F n) {
  return {_mm256_castsi256_ps(
      _mm256_add_epi32(_mm256_castps_si256(a.v),
                       _mm256_slli_epi32(_mm256_cvtps_epi32(n.v), 23)))};
}

HUG_LANE F abs(F a) {
  return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)};
}

// The size of a with the sign of b.
HUG_LANE F with_sign(F a, F b) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return {_mm256_or_ps(_mm256_andnot_ps(sign, a.v), _mm256_and_ps(sign, b.v))};
}

HUG_LANE F swap_neighbours(F a) {
  return {_mm256_permute_ps(a.v, 0xB1)};
}

HUG_LANE float add_up(F a) {
  const __m128 h =
      _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  const __m128 q = _mm_add_ps(h, _mm_movehl_ps(h, h));
  return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}

HUG_LANE float largest(F a) {
  const __m128 h =
      _mm_max_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  const __m128 q = _mm_max_ps(h, _mm_movehl_ps(h, h));
  return _mm_cvtss_f32(_mm_max_ss(q, _mm_movehdup_ps(q)));
}

// Pairs of 16-bit numbers, or eight 32-bit sums of their products.
struct I {
  __m256i v;
};

HUG_LANE I no_sums() {
  return {_mm256_setzero_si256()};
}

// Sixteen bytes.
HUG_LANE I widen(const int8_t* p) {
  return {_mm256_cvtepi8_epi16(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}

// One pair everywhere.
HUG_LANE I spread_pair(const int16_t* p) {
  int pair;
  __builtin_memcpy(&pair, p, sizeof pair);
  return {_mm256_set1_epi32(pair)};
}

// The products of each pair, added up, on top of sums.
HUG_LANE I dot(I sum, I a, I b) {
  return {_mm256_add_epi32(sum.v, _mm256_madd_epi16(a.v, b.v))};
}

HUG_LANE F to_floats(I sum) {
  return {_mm256_cvtepi32_ps(sum.v)};
}

HUG_LANE F first_of_pairs(I pairs) {
  return to_floats({_mm256_srai_epi32(_mm256_slli_epi32(pairs.v, 16), 16)});
}

HUG_LANE F second_of_pairs(I pairs) {
  return to_floats({_mm256_srai_epi32(pairs.v, 16)});
}

// To nearest; shorts of [-32768, 32767].
HUG_LANE void store_shorts(int16_t* p, F f) {
  const __m256i i = _mm256_cvtps_epi32(f.v);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                   _mm_packs_epi32(_mm256_castsi256_si128(i),
                                   _mm256_extracti128_si256(i, 1)));
}
