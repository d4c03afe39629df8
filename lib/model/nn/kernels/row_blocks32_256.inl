// Blocks of 32 times columns, eight blocks at a time.

template <class T>
constexpr bool kMovedCodes = true;  // codes are unsigned, `low` moves them back
template <>
constexpr bool kMovedCodes<Q8_0> = false;
template <>
constexpr bool kMovedCodes<Iq4Nl> = false;

HUG_LANE SignedCodes codes(Q8_0, const Q8_0::Block& b) {
  return signed_codes(load_256(b.qs));
}

HUG_LANE SignedCodes codes(Iq4Nl, const Iq4Nl::Block& b) {
  return signed_codes(look_up(iq4_levels<0>(), nibbles(b.qs)));
}

HUG_LANE SignedCodes codes(Q4_0, const Q4_0::Block& b) {
  return {nibbles(b.qs), _mm256_setzero_si256()};
}

HUG_LANE SignedCodes codes(Q4_1, const Q4_1::Block& b) {
  return {nibbles(b.qs), _mm256_setzero_si256()};
}

template <class Block>
HUG_LANE SignedCodes five_bits(const Block& b) {
  const __m256i high = bits(spread_bits(get_u32(b.qh)), 16);
  return {_mm256_or_si256(nibbles(b.qs), high), _mm256_setzero_si256()};
}

HUG_LANE SignedCodes codes(Q5_0, const Q5_0::Block& b) {
  return five_bits(b);
}

HUG_LANE SignedCodes codes(Q5_1, const Q5_1::Block& b) {
  return five_bits(b);
}

HUG_LANE SignedCodes codes(Mxfp4, const Mxfp4::Block& b) {
  return {look_up(fp4_levels(), nibbles(b.qs)), _mm256_setzero_si256()};
}

template <class T>
struct Blocks32 {
  static constexpr RowKernel kColumn = kColumn32;
  using Block = typename T::Block;

  template <int C>
  struct Sums {
    __m256 acc[C];
    __m128 low[C];
  };

  /// Four blocks, which are those of a column's first or second half.
  template <int C>
  HUG_LANE static void add(const Block* b, int which, const uint8_t* columns,
                           size_t size, Sums<C>& sums) {
    const __m128 d = T::d(b);
    __m128 scale[C];
    HUG_UNROLL
    for (int c = 0; c < C; c++) {
      const auto& a = column_at<Column32>(columns, c, size);
      scale[c] = _mm_mul_ps(d, _mm_load_ps(a.d + 4 * which));
      if constexpr (kMovedCodes<T>) {
        sums.low[c] = _mm_fmadd_ps(T::low(b, d), _mm_load_ps(a.sum + 4 * which),
                                   sums.low[c]);
      }
    }
    HUG_UNROLL
    for (int i = 0; i < 4; i++) {
      const SignedCodes w = codes(T{}, b[i]);
      HUG_UNROLL
      for (int c = 0; c < C; c++) {
        __m256i q = load_codes(column_at<Column32>(columns, c, size).q +
                               128 * which + 32 * i);
        if constexpr (!kMovedCodes<T>) q = _mm256_sign_epi8(q, w.sign);
        const __m256i p = _mm256_madd_epi16(_mm256_set1_epi16(1),
                                            _mm256_maddubs_epi16(w.code, q));
        const __m256 e = _mm256_permutevar8x32_ps(
            _mm256_castps128_ps256(scale[c]), _mm256_set1_epi32(i));
        sums.acc[c] = _mm256_fmadd_ps(to_float(p), e, sums.acc[c]);
      }
    }
  }

  template <int C>
  HUG_LANE static void dot(const uint8_t* row, size_t n_in,
                           const uint8_t* columns, size_t size, float* out) {
    Sums<C> sums;
    HUG_UNROLL
    for (int c = 0; c < C; c++) {
      sums.acc[c] = _mm256_setzero_ps();
      sums.low[c] = _mm_setzero_ps();
    }
    size_t left = n_in / 32;
    for (; left >= 8; left -= 8, columns += sizeof(Column32)) {
      const auto* const b = reinterpret_cast<const Block*>(row);
      prefetch(row, 8 * sizeof(Block));
      add<C>(b, 0, columns, size, sums);
      add<C>(b + 4, 1, columns, size, sums);
      row += 8 * sizeof(Block);
    }
    if (left > 0) {  // the others are zero, in the columns too
      Block rest[8] = {};
      __builtin_memcpy(rest, row, left * sizeof(Block));
      add<C>(rest, 0, columns, size, sums);
      if (left > 4) add<C>(rest + 4, 1, columns, size, sums);
    }
    for (int c = 0; c < C; c++) {
      out[c] = sum_of_eight(sums.acc[c]) + sum_of_four(sums.low[c]);
    }
  }
};
