// Eight floats side by side (AVX2). See lanes_portable.inl.

constexpr int kLanes = 8;

struct F {
  __m256 v;
};

struct I {
  __m256i v;
};

struct M {
  __m256 v;
};

HUG_LANE F set(float x) {
  return {_mm256_set1_ps(x)};
}

HUG_LANE I set_int(int32_t x) {
  return {_mm256_set1_epi32(x)};
}

HUG_LANE F load(const float* p) {
  return {_mm256_loadu_ps(p)};
}

HUG_LANE void store(float* p, F f) {
  _mm256_storeu_ps(p, f.v);
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

HUG_LANE M operator<(F a, F b) {
  return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)};
}

HUG_LANE M operator>(F a, F b) {
  return {_mm256_cmp_ps(a.v, b.v, _CMP_GT_OQ)};
}

HUG_LANE M operator>=(F a, F b) {
  return {_mm256_cmp_ps(a.v, b.v, _CMP_GE_OQ)};
}

HUG_LANE M operator==(F a, F b) {
  return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)};
}

HUG_LANE M operator!=(F a, F b) {
  return {_mm256_cmp_ps(a.v, b.v, _CMP_NEQ_UQ)};
}

HUG_LANE M operator&(M a, M b) {
  return {_mm256_and_ps(a.v, b.v)};
}

HUG_LANE M operator|(M a, M b) {
  return {_mm256_or_ps(a.v, b.v)};
}

HUG_LANE M operator~(M a) {
  return {_mm256_xor_ps(a.v, _mm256_castsi256_ps(_mm256_set1_epi32(-1)))};
}

HUG_LANE bool any(M m) {
  return _mm256_movemask_ps(m.v) != 0;
}

HUG_LANE I bits_of(F f) {
  return {_mm256_castps_si256(f.v)};
}

HUG_LANE F float_of_bits(I i) {
  return {_mm256_castsi256_ps(i.v)};
}

HUG_LANE F select(M m, F a, F b) {
  return {_mm256_blendv_ps(b.v, a.v, m.v)};
}

HUG_LANE I select(M m, I a, I b) {
  return {_mm256_blendv_epi8(b.v, a.v, _mm256_castps_si256(m.v))};
}

HUG_LANE F absolute(F f) {
  return {
      _mm256_and_ps(f.v, _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff)))};
}

HUG_LANE F least(F a, F b) {
  return {_mm256_min_ps(a.v, b.v)};
}

HUG_LANE F greatest(F a, F b) {
  return {_mm256_max_ps(a.v, b.v)};
}

HUG_LANE F round_even(F f) {
  return {_mm256_round_ps(f.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}

HUG_LANE F square_root(F f) {
  return {_mm256_sqrt_ps(f.v)};
}

HUG_LANE F to_float(I i) {
  return {_mm256_cvtepi32_ps(i.v)};
}

HUG_LANE I to_int(F f) {
  return {_mm256_cvttps_epi32(f.v)};
}

HUG_LANE I operator+(I a, I b) {
  return {_mm256_add_epi32(a.v, b.v)};
}

HUG_LANE I operator-(I a, I b) {
  return {_mm256_sub_epi32(a.v, b.v)};
}

HUG_LANE I operator&(I a, I b) {
  return {_mm256_and_si256(a.v, b.v)};
}

HUG_LANE I operator|(I a, I b) {
  return {_mm256_or_si256(a.v, b.v)};
}

HUG_LANE I least(I a, I b) {
  return {_mm256_min_epi32(a.v, b.v)};
}

HUG_LANE I greatest(I a, I b) {
  return {_mm256_max_epi32(a.v, b.v)};
}

HUG_LANE void store_bytes(uint8_t* p, I i) {
  const __m256i low = _mm256_and_si256(i.v, _mm256_set1_epi32(255));
  const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(low),
                                         _mm256_extracti128_si256(low, 1));
  const __m128i bytes = _mm_packus_epi16(words, words);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), bytes);
}

HUG_LANE F look_up(const float* table, I i) {
  const __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), i.v);
  const __m256 high = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), i.v);
  const __m256i upper = _mm256_slli_epi32(i.v, 28);  // bit 3 to the sign
  return {_mm256_blendv_ps(low, high, _mm256_castsi256_ps(upper))};
}

HUG_LANE float largest_lane(F f) {
  const __m128 four =
      _mm_max_ps(_mm256_castps256_ps128(f.v), _mm256_extractf128_ps(f.v, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}
