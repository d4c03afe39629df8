// Blocks of 256 times columns. Two products of a code and an activation fit 16
// bits; multiplying them by the scale adds pairs. Where codes are signed, the
// sign goes to the activations.

HUG_LANE __m256i bits(__m256i v, char mask) {
  return _mm256_and_si256(v, _mm256_set1_epi8(mask));
}

/// Bit `from` of every byte as bit `to`.
HUG_LANE __m256i moved_bit(const uint8_t* p, int from, int to) {
  const __m256i v = load_256(p);
  return bits(from < to ? _mm256_slli_epi16(v, to - from)
                        : _mm256_srli_epi16(v, from - to),
              static_cast<char>(1 << to));
}

// codes(type, block, j): elements 32 j to 32 j + 31, unsigned.

HUG_LANE __m256i codes(Q4K, const Q4K::Block& b, int j) {
  const __m256i v = load_256(b.qs + 32 * (j / 2));
  return bits(j % 2 == 0 ? v : _mm256_srli_epi16(v, 4), 15);
}

HUG_LANE __m256i codes(Q5K, const Q5K::Block& b, int j) {
  const __m256i v = load_256(b.qs + 32 * (j / 2));
  return _mm256_or_si256(bits(j % 2 == 0 ? v : _mm256_srli_epi16(v, 4), 15),
                         moved_bit(b.qh, j, 4));
}

HUG_LANE __m256i codes(Q6K, const Q6K::Block& b, int j) {
  const __m256i v = load_256(b.ql + 64 * (j / 4) + 32 * (j % 2));
  const __m256i low = bits(j % 4 < 2 ? v : _mm256_srli_epi16(v, 4), 15);
  const __m256i h = load_256(b.qh + 32 * (j / 4));
  const int by = 2 * (j % 4) - 4;  // two bits to the place of the fifth
  return _mm256_or_si256(
      low, bits(by < 0 ? _mm256_slli_epi16(h, -by) : _mm256_srli_epi16(h, by),
                0x30));
}

HUG_LANE __m256i crumbs(const uint8_t* qs, int j) {
  return bits(_mm256_srli_epi16(load_256(qs + 32 * (j / 4)), 2 * (j % 4)), 3);
}

HUG_LANE __m256i codes(Q2K, const Q2K::Block& b, int j) {
  return crumbs(b.qs, j);
}

HUG_LANE __m256i codes(Q3K, const Q3K::Block& b, int j) {
  return _mm256_or_si256(crumbs(b.qs, j), moved_bit(b.hmask, j, 2));
}

HUG_LANE __m256i codes(Tq2, const Tq2::Block& b, int j) {
  return crumbs(b.qs, j);
}

HUG_LANE __m256i codes(Tq1, const Tq1::Block& b, int j) {
  return trit_codes(b, j);
}

template <class T>
HUG_LANE __m256i codes(T, const typename T::Block& b, int j) {
  return T::codes(b, j);
}

/// 16 bytes: low halves, then high halves.
HUG_LANE __m256i nibbles(const uint8_t* p) {
  const __m256i v = _mm256_broadcastsi128_si256(load_128(p));
  return bits(_mm256_srlv_epi64(v, _mm256_set_epi64x(4, 4, 0, 0)), 15);
}

HUG_LANE __m256i look_up(__m128i table, __m256i index) {
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), index);
}

/// Bytes of ones where a bit is set.
HUG_LANE __m256i spread_bits(uint32_t set) {
  const __m256i bytes = _mm256_shuffle_epi8(
      _mm256_set1_epi32(static_cast<int>(set)),
      _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202,
                        0x0101010101010101, 0));
  const __m256i at =
      _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201U));
  return _mm256_cmpeq_epi8(_mm256_and_si256(bytes, at), at);
}

/// Magnitudes and what carries their signs.
struct SignedCodes {
  __m256i code;
  __m256i sign;
};

HUG_LANE SignedCodes signed_codes(__m256i v) {
  return {_mm256_abs_epi8(v), v};
}

HUG_LANE SignedCodes signed_codes(Iq4Xs, const Iq4Xs::Block& b, int j) {
  return signed_codes(look_up(iq4_levels<0>(), nibbles(b.qs + 16 * j)));
}

template <class T>
HUG_LANE SignedCodes signed_codes(T, const typename T::Block& b, int j) {
  const __m256i minus = spread_bits(T::signs(b, j));
  return {codes(T{}, b, j), _mm256_or_si256(minus, _mm256_set1_epi8(1))};
}

template <class T>
constexpr bool kSignedCodes = requires {
  requires T::kSigned;
};

template <>
constexpr bool kSignedCodes<Iq4Xs> = true;

/// The scales of 16 elements each, as 16 bits: the even ones in the lower
/// half.
HUG_LANE __m256i arranged(__m128i scale) {
  return widen(_mm_shuffle_epi8(
      scale,
      _mm_setr_epi8(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15)));
}

HUG_LANE __m256i scales_of(__m256i arranged_scales, int j) {
  const auto pair = static_cast<short>(((2 * j + 1) << 8) | (2 * j));
  return _mm256_shuffle_epi8(arranged_scales, _mm256_set1_epi16(pair));
}

HUG_LANE __m256 to_float(__m256i v) {
  return _mm256_cvtepi32_ps(v);
}

HUG_LANE __m256i load_codes(const int8_t* q) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(q));
}

template <class T>
struct Blocks256 {
  static constexpr RowKernel kColumn = kColumn256;
  using Block = typename T::Block;

  template <int C>
  HUG_LANE static void sum(const Block& b, __m128i scale,
                           const uint8_t* columns, size_t size,
                           __m256i (&total)[C]) {
    const __m256i scales = arranged(scale);
    HUG_UNROLL
    for (int j = 0; j < 8; j++) {
      const __m256i k = scales_of(scales, j);
      SignedCodes w = {};
      if constexpr (kSignedCodes<T>) {
        w = signed_codes(T{}, b, j);
      } else {
        w.code = codes(T{}, b, j);
      }
      HUG_UNROLL
      for (int c = 0; c < C; c++) {
        __m256i q =
            load_codes(column_at<Column256>(columns, c, size).q + 32 * j);
        if constexpr (kSignedCodes<T>) q = _mm256_sign_epi8(q, w.sign);
        const __m256i p = _mm256_madd_epi16(k, _mm256_maddubs_epi16(w.code, q));
        total[c] = _mm256_add_epi32(total[c], p);
      }
    }
  }

  HUG_LANE static __m256 add(__m256i total, const Head& head,
                             const Column256& a, __m256 acc) {
    const __m128 d = _mm_mul_ps(head.d, _mm_set1_ps(a.d));
    if constexpr (kSignedCodes<T>) {
      return _mm256_fmadd_ps(to_float(total), _mm256_broadcastss_ps(d), acc);
    }
    const __m256i low = _mm256_madd_epi16(
        head.low, _mm256_load_si256(reinterpret_cast<const __m256i*>(a.sum)));
    if constexpr (T::kMin) {
      acc = _mm256_fmadd_ps(to_float(total), _mm256_broadcastss_ps(d), acc);
      return _mm256_fnmadd_ps(
          to_float(low), _mm256_broadcastss_ps(_mm_permute_ps(d, 0x55)), acc);
    }
    return _mm256_fmadd_ps(to_float(_mm256_sub_epi32(total, low)),
                           _mm256_broadcastss_ps(d), acc);
  }

  template <int C>
  HUG_LANE static void dot(const uint8_t* row, size_t n_in,
                           const uint8_t* columns, size_t size, float* out) {
    __m256 acc[C];
    HUG_UNROLL
    for (int c = 0; c < C; c++)
      acc[c] = _mm256_setzero_ps();
    for (size_t s = 0; s < n_in / 256; s++, row += sizeof(Block)) {
      prefetch(row, sizeof(Block));
      const Block& b = *reinterpret_cast<const Block*>(row);
      const Head head = T::head(b);
      __m256i total[C];
      HUG_UNROLL
      for (int c = 0; c < C; c++)
        total[c] = _mm256_setzero_si256();
      sum<C>(b, head.scale, columns, size, total);
      HUG_UNROLL
      for (int c = 0; c < C; c++)
        acc[c] =
            add(total[c], head, column_at<Column256>(columns, c, size), acc[c]);
      columns += sizeof(Column256);
    }
    for (int c = 0; c < C; c++)
      out[c] = sum_of_eight(acc[c]);
  }
};
