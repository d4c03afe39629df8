// Sixteen rows at a time in one register of 512 bits.

/// Four consecutive bytes of each of 16 rows: one group of a panel.
using Codes = __m512i;

HUG_LANE __m512i load(const void* p) {
  return _mm512_loadu_si512(p);
}

/// Four bytes in all lanes.
HUG_LANE __m512i spread(const void* p) {
  int32_t v = 0;
  __builtin_memcpy(&v, p, sizeof v);
  return _mm512_set1_epi32(v);
}

HUG_LANE __m256i load_256(const uint8_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

HUG_LANE __m128i load_128(const uint8_t* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

HUG_LANE __m512i two(const uint8_t* a, const uint8_t* b) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(load_256(a)), load_256(b),
                            1);
}

HUG_LANE __m512i four(const uint8_t* a, const uint8_t* b, const uint8_t* c,
                      const uint8_t* d) {
  const __m512i low = _mm512_castsi256_si512(_mm256_inserti128_si256(
      _mm256_castsi128_si256(load_128(a)), load_128(b), 1));
  const __m256i high = _mm256_inserti128_si256(
      _mm256_castsi128_si256(load_128(c)), load_128(d), 1);
  return _mm512_inserti64x4(low, high, 1);
}

/// Quarters of four registers: dword i of lane l of z[j] goes to dword j of
/// lane l of z[i].
HUG_LANE void transpose_4(Codes* z) {
  const __m512i a = _mm512_unpacklo_epi32(z[0], z[1]);
  const __m512i b = _mm512_unpackhi_epi32(z[0], z[1]);
  const __m512i c = _mm512_unpacklo_epi32(z[2], z[3]);
  const __m512i d = _mm512_unpackhi_epi32(z[2], z[3]);
  z[0] = _mm512_unpacklo_epi64(a, c);
  z[1] = _mm512_unpackhi_epi64(a, c);
  z[2] = _mm512_unpacklo_epi64(b, d);
  z[3] = _mm512_unpackhi_epi64(b, d);
}

/// 16 bytes at `at` of 16 rows: four groups.
HUG_LANE void load_4(const uint8_t* const* row, size_t at, Codes* z) {
  HUG_UNROLL for (int r = 0; r < 4; r++) {
    z[r] =
        four(row[r] + at, row[r + 4] + at, row[r + 8] + at, row[r + 12] + at);
  }
  transpose_4(z);
}

/// 32 bytes at `at` of 16 rows: eight groups. Rows r and r + 4 share a
/// register, so that the rows come out in order.
HUG_LANE void load_8(const uint8_t* const* row, size_t at, Codes* z) {
  Codes low[4];
  Codes high[4];
  HUG_UNROLL for (int r = 0; r < 4; r++) {
    low[r] = two(row[r] + at, row[r + 4] + at);
    high[r] = two(row[r + 8] + at, row[r + 12] + at);
  }
  transpose_4(low);
  transpose_4(high);
  HUG_UNROLL for (int i = 0; i < 4; i++) {
    z[i] = _mm512_shuffle_i32x4(low[i], high[i], 0x88);
    z[4 + i] = _mm512_shuffle_i32x4(low[i], high[i], 0xdd);
  }
}

HUG_LANE Codes all(int byte) {
  return _mm512_set1_epi8(static_cast<char>(byte));
}

HUG_LANE Codes both(Codes a, Codes b) {
  return _mm512_and_si512(a, b);
}

HUG_LANE Codes either(Codes a, Codes b) {
  return _mm512_or_si512(a, b);
}

HUG_LANE Codes plus(Codes a, Codes b) {
  return _mm512_add_epi8(a, b);
}

/// Shifts of 16-bit pieces: mask what comes from the neighbour.
template <int kBits>
HUG_LANE Codes right(Codes a) {
  return _mm512_srli_epi16(a, kBits);
}

template <int kBits>
HUG_LANE Codes left(Codes a) {
  return _mm512_slli_epi16(a, kBits);
}

/// A table of 16 bytes at every byte (below 16).
HUG_LANE Codes look_up(const int8_t* table, Codes a) {
  const __m128i t = _mm_load_si128(reinterpret_cast<const __m128i*>(table));
  return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(t), a);
}

/// Bytes of every dword by their numbers; -1 gives zero.
HUG_LANE Codes pick(Codes z, int a, int b, int c, int d) {
  const int first = (a & 255) | (b & 255) << 8 | (c & 255) << 16;
  const __m512i pattern = _mm512_set1_epi32(static_cast<int>(
      static_cast<unsigned>(first) | static_cast<unsigned>(d) << 24));
  const __m512i lanes = _mm512_broadcast_i32x4(
      _mm_setr_epi32(0, 0x04040404, 0x08080808, 0x0c0c0c0c));
  return _mm512_shuffle_epi8(z, _mm512_or_si512(pattern, lanes));
}

HUG_LANE void put(void* p, Codes a) {
  _mm512_store_si512(p, a);
}

/// Pairs of f16 to f32: the first of 16 rows, then the second.
HUG_LANE void put_f16(float* p, Codes a) {
  const __m512i second = _mm512_srli_epi32(a, 16);
  _mm512_store_ps(p, _mm512_cvtph_ps(_mm512_cvtepi32_epi16(a)));
  _mm512_store_ps(p + 16, _mm512_cvtph_ps(_mm512_cvtepi32_epi16(second)));
}

HUG_LANE void put_bf16(float* p, Codes a) {
  const __m512i second = _mm512_set1_epi32(static_cast<int>(0xffff0000U));
  put(p, _mm512_slli_epi32(a, 16));
  put(p + 16, _mm512_and_si512(a, second));
}

/// Byte i of every dword, signed, as the scale of a panel.
HUG_LANE Codes scale_words(Codes z, int i) {
  return _mm512_srai_epi32(pick(z, -1, -1, -1, i), 24);
}

/// 16 f16 to f32, times `factor`.
HUG_LANE void put_halves(float* p, const uint16_t* half, float factor) {
  const __m256i h = _mm256_load_si256(reinterpret_cast<const __m256i*>(half));
  _mm512_store_ps(p, _mm512_mul_ps(_mm512_cvtph_ps(h), _mm512_set1_ps(factor)));
}

/// The largest magnitude of n values, n a multiple of 32.
HUG_LANE float largest(const float* x, int n) {
  __m512 m = _mm512_setzero_ps();
  for (int i = 0; i < n; i += 16)
    m = _mm512_max_ps(m, _mm512_abs_ps(_mm512_loadu_ps(x + i)));
  return _mm512_reduce_max_ps(m);
}

/// 16 values times `scale`, rounded to the nearest even: four groups of codes.
HUG_LANE void round_16(const float* x, float scale, uint8_t* code) {
  const __m512 v = _mm512_mul_ps(_mm512_loadu_ps(x), _mm512_set1_ps(scale));
  const __m128i q = _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(v));
  _mm_store_si128(reinterpret_cast<__m128i*>(code), q);
}
