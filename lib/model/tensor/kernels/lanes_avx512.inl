// Sixteen floats side by side (AVX-512). See lanes_portable.inl.

constexpr int kLanes = 16;

struct F {
  __m512 v;
};

struct I {
  __m512i v;
};

struct M {
  __mmask16 v;
};

HUG_LANE M mask(int bits) {
  return {static_cast<__mmask16>(bits)};
}

HUG_LANE F set(float x) {
  return {_mm512_set1_ps(x)};
}

HUG_LANE I set_int(int32_t x) {
  return {_mm512_set1_epi32(x)};
}

HUG_LANE F load(const float* p) {
  return {_mm512_loadu_ps(p)};
}

HUG_LANE void store(float* p, F f) {
  _mm512_storeu_ps(p, f.v);
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

HUG_LANE M operator<(F a, F b) {
  return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)};
}

HUG_LANE M operator>(F a, F b) {
  return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ)};
}

HUG_LANE M operator>=(F a, F b) {
  return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_GE_OQ)};
}

HUG_LANE M operator==(F a, F b) {
  return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)};
}

HUG_LANE M operator!=(F a, F b) {
  return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_NEQ_UQ)};
}

HUG_LANE M operator&(M a, M b) {
  return mask(a.v & b.v);
}

HUG_LANE M operator|(M a, M b) {
  return mask(a.v | b.v);
}

HUG_LANE M operator~(M a) {
  return mask(~a.v & 0xffff);
}

HUG_LANE bool any(M m) {
  return m.v != 0;
}

HUG_LANE I bits_of(F f) {
  return {_mm512_castps_si512(f.v)};
}

HUG_LANE F float_of_bits(I i) {
  return {_mm512_castsi512_ps(i.v)};
}

HUG_LANE F select(M m, F a, F b) {
  return {_mm512_mask_blend_ps(m.v, b.v, a.v)};
}

HUG_LANE I select(M m, I a, I b) {
  return {_mm512_mask_blend_epi32(m.v, b.v, a.v)};
}

HUG_LANE F absolute(F f) {
  return {_mm512_abs_ps(f.v)};
}

HUG_LANE F least(F a, F b) {
  return {_mm512_min_ps(a.v, b.v)};
}

HUG_LANE F greatest(F a, F b) {
  return {_mm512_max_ps(a.v, b.v)};
}

HUG_LANE F round_even(F f) {
  return {
      _mm512_roundscale_ps(f.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}

HUG_LANE F square_root(F f) {
  return {_mm512_sqrt_ps(f.v)};
}

HUG_LANE F to_float(I i) {
  return {_mm512_cvtepi32_ps(i.v)};
}

HUG_LANE I to_int(F f) {
  return {_mm512_cvttps_epi32(f.v)};
}

HUG_LANE I operator+(I a, I b) {
  return {_mm512_add_epi32(a.v, b.v)};
}

HUG_LANE I operator-(I a, I b) {
  return {_mm512_sub_epi32(a.v, b.v)};
}

HUG_LANE I operator&(I a, I b) {
  return {_mm512_and_si512(a.v, b.v)};
}

HUG_LANE I operator|(I a, I b) {
  return {_mm512_or_si512(a.v, b.v)};
}

HUG_LANE I least(I a, I b) {
  return {_mm512_min_epi32(a.v, b.v)};
}

HUG_LANE I greatest(I a, I b) {
  return {_mm512_max_epi32(a.v, b.v)};
}

HUG_LANE void store_bytes(uint8_t* p, I i) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(i.v));
}

HUG_LANE F look_up(const float* table, I i) {
  return {_mm512_permutexvar_ps(i.v, _mm512_loadu_ps(table))};
}

HUG_LANE float largest_lane(F f) {
  return _mm512_reduce_max_ps(f.v);
}
