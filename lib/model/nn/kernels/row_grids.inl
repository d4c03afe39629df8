// The i-quants: indices into grids of points. For 32 elements each: magnitudes
// with a byte of signs for eight of them (kSigned), or codes without signs.

using tensor::kIqGrids;

/// Seven bits of signs four times; the eighth of each makes the number of
/// minuses even.
HUG_LANE uint32_t even_signs(uint32_t codes) {
  const uint32_t seven = _pdep_u32(codes, 0x7f7f7f7fU);
  uint32_t odd = seven ^ (seven >> 4);
  odd ^= odd >> 2;
  odd ^= odd >> 1;
  return seven | ((odd & 0x01010101U) << 7);
}

/// 2 s + 1 in every byte.
HUG_LANE __m128i odd_numbers(__m128i s) {
  return _mm_add_epi8(_mm_add_epi8(s, s), _mm_set1_epi8(1));
}

HUG_LANE __m128 scaled_half(const void* p, float factor) {
  return _mm_mul_ps(half(p), _mm_set1_ps(factor));
}

/// Four bytes, or four fields of a word, as indices.
HUG_LANE __m128i four_bytes(const uint8_t* p) {
  return _mm_cvtepu8_epi32(_mm_cvtsi32_si128(static_cast<int>(get_u32(p))));
}

HUG_LANE __m128i four_fields(int word, int width, int mask) {
  const __m128i by = _mm_setr_epi32(0, width, 2 * width, 3 * width);
  return _mm_and_si128(_mm_srlv_epi32(_mm_set1_epi32(word), by),
                       _mm_set1_epi32(mask));
}

/// With high bits above a byte.
HUG_LANE __m128i above(__m128i low, __m128i high) {
  return _mm_or_si128(low, _mm_slli_epi32(high, 8));
}

/// Four points of eight. (Single loads: gathering is slower.)
HUG_LANE __m256i points_of_8(const void* grid, __m128i index) {
  alignas(16) uint32_t i[4];
  _mm_store_si128(reinterpret_cast<__m128i*>(i), index);
  const auto* const p = static_cast<const uint8_t*>(grid);
  const auto at = [&](int k) HUG_LANE_LAMBDA {
    return static_cast<long long>(get_u64(p + 8 * size_t{i[k]}));
  };
  return _mm256_set_epi64x(at(3), at(2), at(1), at(0));
}

/// Eight points of four.
HUG_LANE __m256i points_of_4(const void* grid, __m256i index) {
  alignas(32) uint32_t i[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(i), index);
  const auto* const p = static_cast<const uint8_t*>(grid);
  const auto at = [&](int k) HUG_LANE_LAMBDA {
    const uint64_t high = get_u32(p + 4 * size_t{i[k + 1]});
    return static_cast<long long>(get_u32(p + 4 * size_t{i[k]}) | high << 32);
  };
  return _mm256_set_epi64x(at(6), at(4), at(2), at(0));
}

HUG_LANE __m256i eight_bytes(const uint8_t* p) {
  return _mm256_cvtepu8_epi32(from_u64(get_u64(p)));
}

struct Iq2Xxs {
  using Block = tensor::BlockIq2Xxs;
  static constexpr bool kMin = false;
  static constexpr bool kSigned = true;

  HUG_LANE static Head head(const Block& b) {
    uint64_t s = 0;
    HUG_UNROLL
    for (int g = 0; g < 8; g++)
      s |= static_cast<uint64_t>(b.qs[8 * g + 7] >> 4) << (8 * g);
    return {odd_numbers(twice(s)), _mm256_setzero_si256(),
            scaled_half(&b.d, 0.125F)};
  }

  HUG_LANE static __m256i codes(const Block& b, int g) {
    return points_of_8(kIqGrids.iq2xxs, four_bytes(b.qs + 8 * g));
  }

  HUG_LANE static uint32_t signs(const Block& b, int g) {
    return even_signs(get_u32(b.qs + 8 * g + 4));
  }
};

/// Of iq2_xs and iq2_s: a nibble for sixteen elements.
HUG_LANE __m128i nibble_scales(const uint8_t* scales) {
  const __m128i s = from_u64(get_u64(scales));
  const __m128i m = _mm_set1_epi8(15);
  return odd_numbers(_mm_unpacklo_epi8(_mm_and_si128(s, m),
                                       _mm_and_si128(_mm_srli_epi16(s, 4), m)));
}

struct Iq2Xs {
  using Block = tensor::BlockIq2Xs;
  static constexpr bool kMin = false;
  static constexpr bool kSigned = true;

  HUG_LANE static Head head(const Block& b) {
    return {nibble_scales(b.scales), _mm256_setzero_si256(),
            scaled_half(&b.d, 0.125F)};
  }

  HUG_LANE static __m256i codes(const Block& b, int g) {
    const __m128i words = _mm_cvtepu16_epi32(from_u64(get_u64(b.qs + 4 * g)));
    return points_of_8(kIqGrids.iq2xs,
                       _mm_and_si128(words, _mm_set1_epi32(511)));
  }

  HUG_LANE static uint32_t signs(const Block& b, int g) {
    return even_signs(static_cast<uint32_t>(
        _pext_u64(get_u64(b.qs + 4 * g), 0xfe00fe00fe00fe00U)));
  }
};

struct Iq2S {
  using Block = tensor::BlockIq2S;
  static constexpr bool kMin = false;
  static constexpr bool kSigned = true;

  HUG_LANE static Head head(const Block& b) {
    return {nibble_scales(b.scales), _mm256_setzero_si256(),
            scaled_half(&b.d, 0.125F)};
  }

  HUG_LANE static __m256i codes(const Block& b, int g) {
    return points_of_8(kIqGrids.iq2s, above(four_bytes(b.qs + 4 * g),
                                            four_fields(b.qh[g], 2, 3)));
  }

  HUG_LANE static uint32_t signs(const Block& b, int g) {
    return get_u32(b.qs + 32 + 4 * g);
  }
};

struct Iq3Xxs {
  using Block = tensor::BlockIq3Xxs;
  static constexpr bool kMin = false;
  static constexpr bool kSigned = true;

  HUG_LANE static Head head(const Block& b) {
    uint64_t s = 0;
    HUG_UNROLL
    for (int g = 0; g < 8; g++)
      s |= static_cast<uint64_t>(b.qs[64 + 4 * g + 3] >> 4) << (8 * g);
    return {odd_numbers(twice(s)), _mm256_setzero_si256(),
            scaled_half(&b.d, 0.25F)};
  }

  HUG_LANE static __m256i codes(const Block& b, int g) {
    return points_of_4(kIqGrids.iq3xxs, eight_bytes(b.qs + 8 * g));
  }

  HUG_LANE static uint32_t signs(const Block& b, int g) {
    return even_signs(get_u32(b.qs + 64 + 4 * g));
  }
};

struct Iq3S {
  using Block = tensor::BlockIq3S;
  static constexpr bool kMin = false;
  static constexpr bool kSigned = true;

  HUG_LANE static Head head(const Block& b) {
    const uint64_t s = _pdep_u64(get_u32(b.scales), 0x0f0f0f0f0f0f0f0fU);
    return {odd_numbers(twice(s)), _mm256_setzero_si256(), half(&b.d)};
  }

  HUG_LANE static __m256i codes(const Block& b, int g) {
    const __m256i high = _mm256_and_si256(
        _mm256_sllv_epi32(_mm256_set1_epi32(b.qh[g]),
                          _mm256_setr_epi32(8, 7, 6, 5, 4, 3, 2, 1)),
        _mm256_set1_epi32(256));
    return points_of_4(kIqGrids.iq3s,
                       _mm256_or_si256(eight_bytes(b.qs + 8 * g), high));
  }

  HUG_LANE static uint32_t signs(const Block& b, int g) {
    return get_u32(b.signs + 4 * g);
  }
};

/// Ternary points, moved up or down by an eighth: eight times the value, plus
/// nine. `minus`: bytes that move down are ones.
HUG_LANE __m256i moved(__m256i points, __m256i minus) {
  const __m256i three = _mm256_set1_epi8(3);
  const __m256i level = _mm256_and_si256(
      _mm256_add_epi8(_mm256_and_si256(points, three), _mm256_set1_epi8(1)),
      three);
  return _mm256_add_epi8(_mm256_slli_epi16(level, 3),
                         _mm256_andnot_si256(minus, _mm256_set1_epi8(2)));
}

/// Nine times sixteen scales.
HUG_LANE __m256i nine_times(__m128i scale) {
  return _mm256_mullo_epi16(widen(scale), _mm256_set1_epi16(9));
}

struct Iq1S {
  using Block = tensor::BlockIq1S;
  static constexpr bool kMin = false;

  HUG_LANE static Head head(const Block& b) {
    const __m128i words = _mm_srli_epi16(load_128(b.qh), 12);
    const __m128i s = _mm_and_si128(words, _mm_set1_epi16(7));
    const __m128i both = _mm_or_si128(s, _mm_slli_epi16(s, 8));
    const __m128i scale = odd_numbers(both);
    return {scale, nine_times(scale), scaled_half(&b.d, 0.125F)};
  }

  HUG_LANE static __m256i codes(const Block& b, int g) {
    const int qh = get_u16(b.qh + g);
    const __m128i index =
        above(four_bytes(b.qs + 4 * g), four_fields(qh, 3, 7));
    const __m256i minus = _mm256_set1_epi8(static_cast<char>(-(qh >> 15)));
    return moved(points_of_8(kIqGrids.iq1s, index), minus);
  }
};

struct Iq1M {
  using Block = tensor::BlockIq1M;
  static constexpr bool kMin = false;

  HUG_LANE static Head head(const Block& b) {
    const uint64_t words = get_u64(b.scales);
    const auto d = static_cast<int>(_pext_u64(words, 0xf000f000f000f000U));
    const uint64_t first =
        _pdep_u64(_pext_u64(words, 0x0fff0fffU), 0x0707070707070707U);
    const uint64_t second =
        _pdep_u64(_pext_u64(words >> 32, 0x0fff0fffU), 0x0707070707070707U);
    const __m128i scale =
        odd_numbers(_mm_unpacklo_epi64(from_u64(first), from_u64(second)));
    return {
        scale, nine_times(scale),
        _mm_mul_ps(_mm_cvtph_ps(_mm_cvtsi32_si128(d)), _mm_set1_ps(0.125F))};
  }

  HUG_LANE static __m256i codes(const Block& b, int g) {
    const __m128i high = four_fields(get_u16(b.qh + 2 * g), 4, 15);
    const __m128i index =
        above(four_bytes(b.qs + 4 * g), _mm_and_si128(high, _mm_set1_epi32(7)));
    const __m128i minus = _mm_cmpgt_epi32(high, _mm_set1_epi32(7));
    return moved(points_of_8(kIqGrids.iq1s, index),
                 _mm256_cvtepi32_epi64(minus));
  }
};
