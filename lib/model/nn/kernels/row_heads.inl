// What stands before the codes of a block of 256: its scales, made of 128-bit
// instructions that every set here has. A value is
//   d * scale[k] * code - d * low[k]          (or dmin * low[k])
// for k = 0..15, sixteen elements each.

struct Head {
  __m128i scale;  // sixteen of 8 bits
  __m256i low;    // sixteen of 16 bits
  __m128 d;       // d, dmin
};

HUG_LANE __m128i load_128(const void* p) {
  return _mm_loadu_si128(static_cast<const __m128i*>(p));
}

HUG_LANE __m256i load_256(const void* p) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(p));
}

HUG_LANE uint16_t get_u16(const void* p) {
  uint16_t v = 0;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

HUG_LANE uint32_t get_u32(const void* p) {
  uint32_t v = 0;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

HUG_LANE uint64_t get_u64(const void* p) {
  uint64_t v = 0;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

HUG_LANE __m128 half(const void* p) {
  return _mm_cvtph_ps(_mm_cvtsi32_si128(get_u16(p)));
}

HUG_LANE __m128 two_halves(const void* p) {
  return _mm_cvtph_ps(_mm_cvtsi32_si128(static_cast<int>(get_u32(p))));
}

HUG_LANE __m128i from_u64(uint64_t v) {
  return _mm_cvtsi64_si128(static_cast<long long>(v));
}

/// Eight bytes, each twice.
HUG_LANE __m128i twice(uint64_t v) {
  const __m128i x = from_u64(v);
  return _mm_unpacklo_epi8(x, x);
}

HUG_LANE __m256i widen(__m128i bytes) {
  return _mm256_cvtepi8_epi16(bytes);
}

// -- k-quants ----------------------------------------------------------------

struct Q2K {
  using Block = tensor::BlockQ2K;
  static constexpr bool kMin = true;

  HUG_LANE static Head head(const Block& b) {
    const __m128i s = load_128(b.scales);
    const __m128i m = _mm_set1_epi8(15);
    return {_mm_and_si128(s, m), widen(_mm_and_si128(_mm_srli_epi16(s, 4), m)),
            two_halves(&b.d)};
  }
};

struct Q3K {
  using Block = tensor::BlockQ3K;
  static constexpr bool kMin = false;

  HUG_LANE static Head head(const Block& b) {
    // From two bytes before the scales, so as to stay inside of the block.
    const auto* const block = reinterpret_cast<const uint8_t*>(&b);
    const __m128i s = load_128(block + offsetof(Block, scales) - 2);
    const __m128i bytes = _mm_shuffle_epi8(
        s, _mm_setr_epi8(2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5, 6, 7, 8, 9));
    const __m128i low = _mm_and_si128(
        _mm_srlv_epi64(bytes, _mm_set_epi64x(4, 0)), _mm_set1_epi8(15));
    const __m128i top =
        _mm_shuffle_epi8(s, _mm_setr_epi8(10, 11, 12, 13, 10, 11, 12, 13, 10,
                                          11, 12, 13, 10, 11, 12, 13));
    const __m128i high = _mm_and_si128(
        _mm_srlv_epi32(top, _mm_setr_epi32(0, 2, 4, 6)), _mm_set1_epi8(3));
    const __m128i scale = _mm_sub_epi8(
        _mm_or_si128(low, _mm_slli_epi16(high, 4)), _mm_set1_epi8(32));
    return {scale, _mm256_slli_epi16(widen(scale), 2), half(&b.d)};
  }
};

/// Of q4_K and q5_K: d, dmin, and twelve bytes of eight scales and lows.
HUG_LANE Head head_k4(const void* block) {
  const __m128i h = load_128(block);
  const __m128i low = _mm_shuffle_epi8(
      h,
      _mm_setr_epi8(4, 5, 6, 7, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
  const __m128i top = _mm_shuffle_epi8(
      h,
      _mm_setr_epi8(-1, -1, -1, -1, 4, 5, 6, 7, -1, -1, -1, -1, 8, 9, 10, 11));
  const __m128i mask =
      _mm_setr_epi32(0x3f3f3f3f, 0x0f0f0f0f, 0x3f3f3f3f, 0x0f0f0f0f);
  const __m128i all = _mm_or_si128(
      _mm_and_si128(_mm_srlv_epi32(low, _mm_setr_epi32(0, 0, 0, 4)), mask),
      _mm_and_si128(_mm_srli_epi16(top, 2), _mm_set1_epi8(0x30)));
  return {_mm_unpacklo_epi8(all, all), widen(_mm_unpackhi_epi8(all, all)),
          _mm_cvtph_ps(h)};
}

struct Q4K {
  using Block = tensor::BlockQ4K;
  static constexpr bool kMin = true;

  HUG_LANE static Head head(const Block& b) { return head_k4(&b); }
};

struct Q5K {
  using Block = tensor::BlockQ5K;
  static constexpr bool kMin = true;

  HUG_LANE static Head head(const Block& b) { return head_k4(&b); }
};

struct Q6K {
  using Block = tensor::BlockQ6K;
  static constexpr bool kMin = false;

  HUG_LANE static Head head(const Block& b) {
    const __m128i scale = load_128(b.scales);
    return {scale, _mm256_slli_epi16(widen(scale), 5), half(&b.d)};
  }
};

// -- sixteen unequal levels --------------------------------------------------

struct Iq4Xs {
  using Block = tensor::BlockIq4Xs;
  static constexpr bool kMin = false;

  /// `low` is for codes moved up by 128.
  HUG_LANE static Head head(const Block& b) {
    const __m128i bytes = _mm_shuffle_epi8(
        _mm_cvtsi32_si128(static_cast<int>(get_u32(b.scales_l))),
        _mm_setr_epi8(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3));
    const __m128i low =
        _mm_and_si128(_mm_blend_epi16(bytes, _mm_srli_epi16(bytes, 4), 0xaa),
                      _mm_set1_epi8(15));
    const __m128i two = _mm_srli_epi16(
        _mm_mullo_epi16(
            _mm_set1_epi16(static_cast<short>(get_u16(&b.scales_h))),
            _mm_setr_epi16(1 << 14, 1 << 12, 1 << 10, 1 << 8, 1 << 6, 1 << 4,
                           1 << 2, 1)),
        14);
    const __m128i high = _mm_mullo_epi16(two, _mm_set1_epi16(0x1010));
    const __m128i scale =
        _mm_sub_epi8(_mm_or_si128(low, high), _mm_set1_epi8(32));
    return {scale, _mm256_slli_epi16(widen(scale), 7), half(&b.d)};
  }
};

// -- ternary -----------------------------------------------------------------

struct Tq2 {
  using Block = tensor::BlockTq2_0;
  static constexpr bool kMin = false;

  HUG_LANE static Head head(const Block& b) {
    return {_mm_set1_epi8(1), _mm256_set1_epi16(1), half(&b.d)};
  }
};

struct Tq1 {
  using Block = tensor::BlockTq1_0;
  static constexpr bool kMin = false;

  HUG_LANE static Head head(const Block& b) {
    return {_mm_set1_epi8(1), _mm256_set1_epi16(1), half(&b.d)};
  }
};

/// The digits of bytes times a power of three (one of 16 bits for two bytes).
HUG_LANE __m256i trits(__m256i bytes, __m256i power) {
  const __m256i even = _mm256_mullo_epi16(bytes, power);
  const __m256i odd = _mm256_slli_epi16(
      _mm256_mullo_epi16(_mm256_srli_epi16(bytes, 8), power), 8);
  const __m256i rest =
      _mm256_or_si256(_mm256_and_si256(even, _mm256_set1_epi16(255)), odd);
  const auto reaches = [&](char level) {
    const __m256i v = _mm256_set1_epi8(level);
    return _mm256_cmpeq_epi8(_mm256_max_epu8(rest, v), rest);
  };
  // A third of the way to 256, and two.
  const __m256i minus =
      _mm256_add_epi8(reaches(86), reaches(static_cast<char>(171)));
  return _mm256_sub_epi8(_mm256_setzero_si256(), minus);
}

HUG_LANE __m256i two_powers(short first, short second) {
  return _mm256_inserti128_si256(_mm256_set1_epi16(first),
                                 _mm_set1_epi16(second), 1);
}

/// Elements 32 j to 32 j + 31.
HUG_LANE __m256i trit_codes(const tensor::BlockTq1_0& b, int j) {
  constexpr short kPower[5] = {1, 3, 9, 27, 81};
  if (j < 5) return trits(load_256(b.qs), _mm256_set1_epi16(kPower[j]));
  const __m128i last = load_128(b.qs + 32);
  if (j < 7) {
    return trits(_mm256_broadcastsi128_si256(last),
                 two_powers(kPower[2 * j - 10], kPower[2 * j - 9]));
  }
  const __m128i rest = _mm_set1_epi32(static_cast<int>(get_u32(b.qh)));
  const __m128i powers = _mm_setr_epi16(1, 1, 3, 3, 9, 9, 27, 27);
  return trits(_mm256_inserti128_si256(_mm256_castsi128_si256(last), rest, 1),
               _mm256_inserti128_si256(_mm256_set1_epi16(81), powers, 1));
}
