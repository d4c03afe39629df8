// Sixteen floats side by side (AVX-512).

constexpr size_t kLanes = 16;
constexpr size_t kTileRows = 12;  // of a tile of two vectors
constexpr size_t kWideRows = 4;   // of a tile of four
constexpr size_t kFewRows = 6;    // scores of a group at a time

struct F {
  __m512 v;
};

HUG_LANE F set(float x) {
  return {_mm512_set1_ps(x)};
}

HUG_LANE F load(const float* p) {
  return {_mm512_loadu_ps(p)};
}

HUG_LANE F load(const uint16_t* p) {  // f16
  return {
      _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}

HUG_LANE void store(float* p, F f) {
  _mm512_storeu_ps(p, f.v);
}

HUG_LANE __mmask16 first(size_t n) {
  return static_cast<__mmask16>((1U << n) - 1U);
}

// The first n lanes, zeros behind.
HUG_LANE F load_part(const float* p, size_t n) {
  return {_mm512_maskz_loadu_ps(first(n), p)};
}

HUG_LANE void store_part(float* p, F f, size_t n) {
  _mm512_mask_storeu_ps(p, first(n), f.v);
}

// To nearest; bytes of [-128, 127].
HUG_LANE void store_bytes(int8_t* p, F f) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                   _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(f.v)));
}

HUG_LANE void store_halves(uint16_t* p, F f) {
  _mm256_storeu_si256(
      reinterpret_cast<__m256i*>(p),
      _mm512_cvtps_ph(f.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

HUG_LANE F operator+(F a, F b) {
  return {_mm512_add_ps(a.v, b.v)};
}

HUG_LANE F operator-(F a, F b) {
  return {_mm512_sub_ps(a.v, b.v)};
}

HUG_LANE F operator*(F a, F b) {
  return {_mm512_mul_ps(a.v, b.v)};
}

HUG_LANE F operator/(F a, F b) {
  return {_mm512_div_ps(a.v, b.v)};
}

// a * b + c
HUG_LANE F fma(F a, F b, F c) {
  return {_mm512_fmadd_ps(a.v, b.v, c.v)};
}

HUG_LANE F max(F a, F b) {
  return {_mm512_max_ps(a.v, b.v)};
}

HUG_LANE F min(F a, F b) {
  return {_mm512_min_ps(a.v, b.v)};
}

HUG_LANE F round(F a) {
  return {_mm512_roundscale_ps(a.v, 0)};
}

// a * 2^n for whole n, within the normal numbers.
HUG_LANE F scale_by_power(F a, F n) {
  return {_mm512_castsi512_ps(
      _mm512_add_epi32(_mm512_castps_si512(a.v),
                       _mm512_slli_epi32(_mm512_cvtps_epi32(n.v), 23)))};
}

HUG_LANE F abs(F a) {
  return {_mm512_abs_ps(a.v)};
}

// The size of a with the sign of b.
HUG_LANE F with_sign(F a, F b) {
  const __m512i sign = _mm512_set1_epi32(INT32_MIN);
  return {_mm512_castsi512_ps(_mm512_ternarylogic_epi32(
      sign, _mm512_castps_si512(b.v), _mm512_castps_si512(a.v), 0xCA))};
}

HUG_LANE F swap_neighbours(F a) {
  return {_mm512_permute_ps(a.v, 0xB1)};
}

HUG_LANE float add_up(F a) {
  return _mm512_reduce_add_ps(a.v);
}

HUG_LANE float largest(F a) {
  return _mm512_reduce_max_ps(a.v);
}

// Pairs of 16-bit numbers, or sixteen 32-bit sums of their products.
struct I {
  __m512i v;
};

HUG_LANE I no_sums() {
  return {_mm512_setzero_si512()};
}

// Thirty-two bytes.
HUG_LANE I widen(const int8_t* p) {
  return {_mm512_cvtepi8_epi16(
      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}

// One pair everywhere.
HUG_LANE I spread_pair(const int16_t* p) {
  int pair;
  __builtin_memcpy(&pair, p, sizeof pair);
  return {_mm512_set1_epi32(pair)};
}

// The products of each pair, added up, on top of sums.
HUG_LANE I dot(I sum, I a, I b) {
#if defined(__AVX512VNNI__)
  return {_mm512_dpwssd_epi32(sum.v, a.v, b.v)};
#else
  return {_mm512_add_epi32(sum.v, _mm512_madd_epi16(a.v, b.v))};
#endif
}

HUG_LANE F to_floats(I sum) {
  return {_mm512_cvtepi32_ps(sum.v)};
}

HUG_LANE F first_of_pairs(I pairs) {
  return to_floats({_mm512_srai_epi32(_mm512_slli_epi32(pairs.v, 16), 16)});
}

HUG_LANE F second_of_pairs(I pairs) {
  return to_floats({_mm512_srai_epi32(pairs.v, 16)});
}

// To nearest; shorts of [-32768, 32767].
HUG_LANE void store_shorts(int16_t* p, F f) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                      _mm512_cvtsepi32_epi16(_mm512_cvtps_epi32(f.v)));
}
