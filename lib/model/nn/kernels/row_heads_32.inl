// Types of 32 elements a block: their scales, four blocks at a time, as f32. A
// value is d * code + low, where low is -d times an offset or its own number.

/// Four halves, `stride` bytes apart.
HUG_LANE __m128 four_halves(const uint8_t* p, size_t stride) {
  __m128i v = _mm_cvtsi32_si128(get_u16(p));
  v = _mm_insert_epi16(v, get_u16(p + stride), 1);
  v = _mm_insert_epi16(v, get_u16(p + 2 * stride), 2);
  v = _mm_insert_epi16(v, get_u16(p + 3 * stride), 3);
  return _mm_cvtph_ps(v);
}

template <class B, int offset>
struct WithOffset {
  using Block = B;

  HUG_LANE static __m128 d(const Block* b) {
    return four_halves(b->d.byte, sizeof(Block));
  }

  HUG_LANE static __m128 low(const Block*, __m128 d) {
    return _mm_mul_ps(d, _mm_set1_ps(-offset));
  }
};

template <class B>
struct WithMin {
  using Block = B;

  HUG_LANE static __m128 d(const Block* b) {
    return four_halves(b->d.byte, sizeof(Block));
  }

  HUG_LANE static __m128 low(const Block* b, __m128) {
    return four_halves(b->m.byte, sizeof(Block));
  }
};

// What the codes of signed types are moved up by is up to the instruction set.
struct Q4_0 : WithOffset<tensor::BlockQ4_0, 8> {};

struct Q4_1 : WithMin<tensor::BlockQ4_1> {};

struct Q5_0 : WithOffset<tensor::BlockQ5_0, 16> {};

struct Q5_1 : WithMin<tensor::BlockQ5_1> {};

struct Q8_0 : WithOffset<tensor::BlockQ8_0, 128> {};

struct Iq4Nl : WithOffset<tensor::BlockQ4_0, 128> {};

struct Mxfp4 {
  using Block = tensor::BlockMxfp4;

  /// Halves of powers of two, as the levels are doubled.
  HUG_LANE static __m128 d(const Block* b) {
    const __m128i e = _mm_setr_epi32(b[0].e, b[1].e, b[2].e, b[3].e);
    const __m128i normal =
        _mm_slli_epi32(_mm_sub_epi32(e, _mm_set1_epi32(1)), 23);
    const __m128i tiny = _mm_sllv_epi32(_mm_set1_epi32(0x00200000), e);
    const __m128i is_tiny = _mm_cmpgt_epi32(_mm_set1_epi32(2), e);
    return _mm_castsi128_ps(_mm_blendv_epi8(normal, tiny, is_tiny));
  }

  /// Twelve times each.
  HUG_LANE static __m128 low(const Block*, __m128 d) {
    return _mm_mul_ps(d, _mm_set1_ps(-12.0F));
  }
};

/// Levels of iq4_nl and iq4_xs, moved up by `up`.
template <int up>
HUG_LANE __m128i iq4_levels() {
  return _mm_setr_epi8(static_cast<char>(up - 127), static_cast<char>(up - 104),
                       static_cast<char>(up - 83), static_cast<char>(up - 65),
                       static_cast<char>(up - 49), static_cast<char>(up - 35),
                       static_cast<char>(up - 22), static_cast<char>(up - 10),
                       static_cast<char>(up + 1), static_cast<char>(up + 13),
                       static_cast<char>(up + 25), static_cast<char>(up + 38),
                       static_cast<char>(up + 53), static_cast<char>(up + 69),
                       static_cast<char>(up + 89), static_cast<char>(up + 113));
}

/// Doubled values of E2M1, moved up by 12.
HUG_LANE __m128i fp4_levels() {
  return _mm_setr_epi8(12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4,
                       0);
}
