// Blocks of 32 times columns, eight blocks at a time.

HUG_LANE __m512i codes(Q8_0, const Q8_0::Block* b) {
  return _mm512_xor_si512(two_256(load_256(b[0].qs), load_256(b[1].qs)),
                          _mm512_set1_epi8(-128));
}

HUG_LANE __m512i codes(Q4_0, const Q4_0::Block* b) {
  return nibbles(load_128(b[0].qs), load_128(b[1].qs));
}

HUG_LANE __m512i codes(Q4_1, const Q4_1::Block* b) {
  return nibbles(load_128(b[0].qs), load_128(b[1].qs));
}

template <class Block>
HUG_LANE __m512i five_bits(const Block* b) {
  const __m512i v = nibbles(load_128(b[0].qs), load_128(b[1].qs));
  const __mmask64 high =
      get_u32(b[0].qh) | (static_cast<uint64_t>(get_u32(b[1].qh)) << 32);
  return _mm512_mask_add_epi8(v, high, v, _mm512_set1_epi8(16));
}

HUG_LANE __m512i codes(Q5_0, const Q5_0::Block* b) {
  return five_bits(b);
}

HUG_LANE __m512i codes(Q5_1, const Q5_1::Block* b) {
  return five_bits(b);
}

HUG_LANE __m512i codes(Iq4Nl, const Iq4Nl::Block* b) {
  return look_up(iq4_levels<128>(),
                 nibbles(load_128(b[0].qs), load_128(b[1].qs)));
}

HUG_LANE __m512i codes(Mxfp4, const Mxfp4::Block* b) {
  return look_up(fp4_levels(), nibbles(load_128(b[0].qs), load_128(b[1].qs)));
}

template <class T>
struct Blocks32 {
  static constexpr RowKernel kColumn = kColumn32;
  using Block = typename T::Block;

  template <int C>
  struct Sums {
    __m512 acc[C];
    __m128 low[C];
  };

  /// Four blocks, which are those of a column's first or second half.
  template <int C>
  HUG_LANE static void add(const Block* b, int which, const uint8_t* columns,
                           size_t size, Sums<C>& sums) {
    const __m512i first = codes(T{}, b);
    const __m512i second = codes(T{}, b + 2);
    const __m128 d = T::d(b);
    const __m128 low = T::low(b, d);
    const __m512i zero = _mm512_setzero_si512();
    const __m512i at01 = two_256(_mm256_setzero_si256(), _mm256_set1_epi32(1));
    const __m512i at23 = two_256(_mm256_set1_epi32(2), _mm256_set1_epi32(3));
    HUG_UNROLL
    for (int c = 0; c < C; c++) {
      const auto& a = column_at<Column32>(columns, c, size);
      const int8_t* const q = a.q + 128 * which;
      const __m512 e =
          _mm512_broadcast_f32x4(_mm_mul_ps(d, _mm_load_ps(a.d + 4 * which)));
      const __m512i p0 = _mm512_dpbusd_epi32(zero, first, load_512(q));
      const __m512i p1 = _mm512_dpbusd_epi32(zero, second, load_512(q + 64));
      __m512 acc = sums.acc[c];
      acc = _mm512_fmadd_ps(to_float(p0), _mm512_permutevar_ps(e, at01), acc);
      sums.acc[c] =
          _mm512_fmadd_ps(to_float(p1), _mm512_permutevar_ps(e, at23), acc);
      sums.low[c] =
          _mm_fmadd_ps(low, _mm_load_ps(a.sum + 4 * which), sums.low[c]);
    }
  }

  template <int C>
  HUG_LANE static void dot(const uint8_t* row, size_t n_in,
                           const uint8_t* columns, size_t size, float* out) {
    Sums<C> sums;
    HUG_UNROLL
    for (int c = 0; c < C; c++) {
      sums.acc[c] = _mm512_setzero_ps();
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
      out[c] = _mm512_reduce_add_ps(sums.acc[c]) + sum_of_four(sums.low[c]);
    }
  }
};
