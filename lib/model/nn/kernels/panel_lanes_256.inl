// Sixteen rows at a time in two registers of 256 bits.

/// Four consecutive bytes of each of 16 rows: one group of a panel.
struct Codes {
  __m256i half[2];
};

HUG_LANE __m256i load(const void* p) {
  return _mm256_load_si256(static_cast<const __m256i*>(p));
}

/// Four bytes in all lanes.
HUG_LANE __m256i spread(const void* p) {
  int32_t v = 0;
  __builtin_memcpy(&v, p, sizeof v);
  return _mm256_set1_epi32(v);
}

HUG_LANE __m256i load_256(const uint8_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

HUG_LANE __m256i two(const uint8_t* a, const uint8_t* b) {
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a));
  const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
  return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/// Halves of four registers: dword i of lane l of z[j] goes to dword j of lane
/// l of z[i].
HUG_LANE void transpose_4(__m256i* z) {
  const __m256i a = _mm256_unpacklo_epi32(z[0], z[1]);
  const __m256i b = _mm256_unpackhi_epi32(z[0], z[1]);
  const __m256i c = _mm256_unpacklo_epi32(z[2], z[3]);
  const __m256i d = _mm256_unpackhi_epi32(z[2], z[3]);
  z[0] = _mm256_unpacklo_epi64(a, c);
  z[1] = _mm256_unpackhi_epi64(a, c);
  z[2] = _mm256_unpacklo_epi64(b, d);
  z[3] = _mm256_unpackhi_epi64(b, d);
}

/// 16 bytes at `at` of 16 rows: four groups.
HUG_LANE void load_4(const uint8_t* const* row, size_t at, Codes* z) {
  HUG_UNROLL for (int h = 0; h < 2; h++) {
    const uint8_t* const* const r = row + 8 * h;
    __m256i t[4];
    HUG_UNROLL for (int i = 0; i < 4; i++) {
      t[i] = two(r[i] + at, r[i + 4] + at);
    }
    transpose_4(t);
    HUG_UNROLL for (int i = 0; i < 4; i++) z[i].half[h] = t[i];
  }
}

/// 32 bytes at `at` of 16 rows: eight groups.
HUG_LANE void load_8(const uint8_t* const* row, size_t at, Codes* z) {
  load_4(row, at, z);
  load_4(row, at + 16, z + 4);
}

HUG_LANE Codes all(int byte) {
  const __m256i v = _mm256_set1_epi8(static_cast<char>(byte));
  return {{v, v}};
}

HUG_LANE Codes both(Codes a, Codes b) {
  return {{_mm256_and_si256(a.half[0], b.half[0]),
           _mm256_and_si256(a.half[1], b.half[1])}};
}

HUG_LANE Codes either(Codes a, Codes b) {
  return {{_mm256_or_si256(a.half[0], b.half[0]),
           _mm256_or_si256(a.half[1], b.half[1])}};
}

HUG_LANE Codes plus(Codes a, Codes b) {
  return {{_mm256_add_epi8(a.half[0], b.half[0]),
           _mm256_add_epi8(a.half[1], b.half[1])}};
}

/// Shifts of 16-bit pieces: mask what comes from the neighbour.
template <int kBits>
HUG_LANE Codes right(Codes a) {
  return {{_mm256_srli_epi16(a.half[0], kBits),
           _mm256_srli_epi16(a.half[1], kBits)}};
}

template <int kBits>
HUG_LANE Codes left(Codes a) {
  return {{_mm256_slli_epi16(a.half[0], kBits),
           _mm256_slli_epi16(a.half[1], kBits)}};
}

/// A table of 16 bytes at every byte (below 16).
HUG_LANE Codes look_up(const int8_t* table, Codes a) {
  const __m256i t = _mm256_broadcastsi128_si256(
      _mm_load_si128(reinterpret_cast<const __m128i*>(table)));
  return {
      {_mm256_shuffle_epi8(t, a.half[0]), _mm256_shuffle_epi8(t, a.half[1])}};
}

/// Bytes of every dword by their numbers; -1 gives zero.
HUG_LANE Codes pick(Codes z, int a, int b, int c, int d) {
  const int first = (a & 255) | (b & 255) << 8 | (c & 255) << 16;
  const __m256i pattern = _mm256_set1_epi32(static_cast<int>(
      static_cast<unsigned>(first) | static_cast<unsigned>(d) << 24));
  const __m256i lanes = _mm256_broadcastsi128_si256(
      _mm_setr_epi32(0, 0x04040404, 0x08080808, 0x0c0c0c0c));
  const __m256i which = _mm256_or_si256(pattern, lanes);
  return {{_mm256_shuffle_epi8(z.half[0], which),
           _mm256_shuffle_epi8(z.half[1], which)}};
}

HUG_LANE void put(void* p, Codes a) {
  auto* const out = static_cast<__m256i*>(p);
  _mm256_store_si256(out, a.half[0]);
  _mm256_store_si256(out + 1, a.half[1]);
}

/// The low halves of eight dwords, f16, to f32.
HUG_LANE __m256 low_f16(__m256i v) {
  const __m256i low = _mm256_and_si256(v, _mm256_set1_epi32(0xffff));
  return _mm256_cvtph_ps(_mm_packus_epi32(_mm256_castsi256_si128(low),
                                          _mm256_extracti128_si256(low, 1)));
}

/// Pairs of f16 to f32: the first of 16 rows, then the second.
HUG_LANE void put_f16(float* p, Codes a) {
  HUG_UNROLL for (int h = 0; h < 2; h++) {
    _mm256_store_ps(p + 8 * h, low_f16(a.half[h]));
    _mm256_store_ps(p + 16 + 8 * h, low_f16(_mm256_srli_epi32(a.half[h], 16)));
  }
}

HUG_LANE void put_bf16(float* p, Codes a) {
  const __m256i second = _mm256_set1_epi32(static_cast<int>(0xffff0000U));
  put(p,
      {{_mm256_slli_epi32(a.half[0], 16), _mm256_slli_epi32(a.half[1], 16)}});
  put(p + 16, {{_mm256_and_si256(a.half[0], second),
                _mm256_and_si256(a.half[1], second)}});
}

/// Byte i of every dword, signed, as the scale of a panel: twice in 16 bits.
HUG_LANE Codes scale_words(Codes z, int i) {
  const Codes high = pick(z, -1, i, -1, i);
  return {
      {_mm256_srai_epi16(high.half[0], 8), _mm256_srai_epi16(high.half[1], 8)}};
}

/// 16 f16 to f32, times `factor`.
HUG_LANE void put_halves(float* p, const uint16_t* half, float factor) {
  const __m256 f = _mm256_set1_ps(factor);
  for (int h = 0; h < 16; h += 8) {
    const auto* const in = reinterpret_cast<const __m128i*>(half + h);
    _mm256_store_ps(p + h, _mm256_mul_ps(_mm256_cvtph_ps(*in), f));
  }
}

/// The largest magnitude of n values, n a multiple of 32.
HUG_LANE float largest(const float* x, int n) {
  const __m256 sign = _mm256_set1_ps(-0.0F);
  __m256 m = _mm256_setzero_ps();
  for (int i = 0; i < n; i += 8)
    m = _mm256_max_ps(m, _mm256_andnot_ps(sign, _mm256_loadu_ps(x + i)));
  __m128 t = _mm_max_ps(_mm256_castps256_ps128(m), _mm256_extractf128_ps(m, 1));
  t = _mm_max_ps(t, _mm_movehl_ps(t, t));
  return _mm_cvtss_f32(_mm_max_ss(t, _mm_movehdup_ps(t)));
}

/// 16 values times `scale`, rounded to the nearest even: four groups of codes.
HUG_LANE void round_16(const float* x, float scale, uint8_t* code) {
  const __m256 s = _mm256_set1_ps(scale);
  const __m256i a = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x), s));
  const __m256i b =
      _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + 8), s));
  const __m128i low = _mm_packs_epi32(_mm256_castsi256_si128(a),
                                      _mm256_extracti128_si256(a, 1));
  const __m128i high = _mm_packs_epi32(_mm256_castsi256_si128(b),
                                       _mm256_extracti128_si256(b, 1));
  _mm_store_si128(reinterpret_cast<__m128i*>(code), _mm_packs_epi16(low, high));
}
