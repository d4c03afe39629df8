// The i-quants: indices into grids of points. Eight magnitudes come as one
// word, their signs as one byte (kSigned), or codes without signs.

using tensor::kIqGrids;

/// Seven bits of signs; the eighth makes the number of minuses even.
HUG_LANE uint64_t even_signs(uint32_t code) {
  code &= 127U;
  return code | (static_cast<uint32_t>(__builtin_popcount(code) & 1) << 7);
}

/// 2 s + 1 in every byte.
HUG_LANE __m128i odd_numbers(__m128i s) {
  return _mm_add_epi8(_mm_add_epi8(s, s), _mm_set1_epi8(1));
}

HUG_LANE __m128 scaled_half(const void* p, float factor) {
  return _mm_mul_ps(half(p), _mm_set1_ps(factor));
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

  HUG_LANE static uint64_t codes(const Block& b, int k) {
    return get_u64(kIqGrids.iq2xxs[b.qs[8 * (k / 4) + k % 4]]);
  }

  HUG_LANE static uint64_t signs(const Block& b, int k) {
    return even_signs(get_u32(b.qs + 8 * (k / 4) + 4) >> (7 * (k % 4)));
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

  HUG_LANE static uint64_t codes(const Block& b, int k) {
    return get_u64(kIqGrids.iq2xs[get_u16(b.qs + k) & 511]);
  }

  HUG_LANE static uint64_t signs(const Block& b, int k) {
    return even_signs(static_cast<uint32_t>(get_u16(b.qs + k) >> 9));
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

  HUG_LANE static uint64_t codes(const Block& b, int k) {
    const int high = (b.qh[k / 4] >> (2 * (k % 4))) & 3;
    return get_u64(kIqGrids.iq2s[b.qs[k] | (high << 8)]);
  }

  HUG_LANE static uint64_t signs(const Block& b, int k) { return b.qs[32 + k]; }
};

HUG_LANE uint64_t two_points(const uint8_t* first, const uint8_t* second) {
  return get_u32(first) | (static_cast<uint64_t>(get_u32(second)) << 32);
}

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

  HUG_LANE static uint64_t codes(const Block& b, int k) {
    return two_points(kIqGrids.iq3xxs[b.qs[2 * k]],
                      kIqGrids.iq3xxs[b.qs[2 * k + 1]]);
  }

  HUG_LANE static uint64_t signs(const Block& b, int k) {
    return even_signs(get_u32(b.qs + 64 + 4 * (k / 4)) >> (7 * (k % 4)));
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

  HUG_LANE static const uint8_t* point(const Block& b, int i) {
    const int high = (b.qh[i / 8] >> (i % 8)) & 1;
    return kIqGrids.iq3s[b.qs[i] | (high << 8)];
  }

  HUG_LANE static uint64_t codes(const Block& b, int k) {
    return two_points(point(b, 2 * k), point(b, 2 * k + 1));
  }

  HUG_LANE static uint64_t signs(const Block& b, int k) { return b.signs[k]; }
};

/// Ternary points g, moved by an eighth: eight times the value, plus nine.
HUG_LANE uint64_t moved(const int8_t* point, bool minus) {
  constexpr uint64_t kOnes = 0x0101010101010101U;
  const uint64_t two = (get_u64(point) & (3 * kOnes)) + kOnes;
  return ((two & (3 * kOnes)) << 3) + (minus ? 0 : 2 * kOnes);
}

/// Nine times sixteen scales.
HUG_LANE __m256i nine_times(__m128i scale) {
  return _mm256_mullo_epi16(widen(scale), _mm256_set1_epi16(9));
}

struct Iq1S {
  using Block = tensor::BlockIq1S;
  static constexpr bool kMin = false;
  static constexpr bool kSigned = false;

  HUG_LANE static Head head(const Block& b) {
    uint64_t s = 0;
    HUG_UNROLL
    for (int g = 0; g < 8; g++)
      s |= static_cast<uint64_t>((get_u16(b.qh + g) >> 12) & 7) << (8 * g);
    const __m128i scale = odd_numbers(twice(s));
    return {scale, nine_times(scale), scaled_half(&b.d, 0.125F)};
  }

  HUG_LANE static uint64_t codes(const Block& b, int k) {
    const int qh = get_u16(b.qh + k / 4);
    const int index = b.qs[k] | (((qh >> (3 * (k % 4))) & 7) << 8);
    return moved(kIqGrids.iq1s[index], (qh & 0x8000) != 0);
  }
};

struct Iq1M {
  using Block = tensor::BlockIq1M;
  static constexpr bool kMin = false;
  static constexpr bool kSigned = false;

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

  HUG_LANE static uint64_t codes(const Block& b, int k) {
    const int high = b.qh[k / 2] >> (4 * (k % 2));
    return moved(kIqGrids.iq1s[b.qs[k] | ((high & 7) << 8)], (high & 8) != 0);
  }
};
