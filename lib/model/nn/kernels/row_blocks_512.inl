// Blocks of 256 times columns. Four products of a code and an activation fit
// 16 bits, so one instruction multiplies pairs of such sums by their scale and
// adds them up; where codes have eight bits, the sums are multiplied as 32
// bits.

HUG_LANE __m512i load_512(const void* p) {
  return _mm512_loadu_si512(p);
}

HUG_LANE __m512i two_256(__m256i first, __m256i second) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1);
}

/// 32 bytes twice, shifted right by 0 and by `step`, bytes within words.
HUG_LANE __m512i spread(const uint8_t* p, short first, short second) {
  return _mm512_srlv_epi16(
      _mm512_broadcast_i64x4(load_256(p)),
      two_256(_mm256_set1_epi16(first), _mm256_set1_epi16(second)));
}

HUG_LANE __m512i bits(__m512i v, char mask) {
  return _mm512_and_si512(v, _mm512_set1_epi8(mask));
}

/// Adds `value` where the first or second half of 32 bytes twice has a bit.
HUG_LANE __m512i add_bits(__m512i v, const uint8_t* p, int first, char value) {
  const __m512i at = two_256(_mm256_set1_epi8(static_cast<char>(1 << first)),
                             _mm256_set1_epi8(static_cast<char>(2 << first)));
  const __mmask64 set =
      _mm512_test_epi8_mask(_mm512_broadcast_i64x4(load_256(p)), at);
  return _mm512_mask_add_epi8(v, set, v, _mm512_set1_epi8(value));
}

// codes(type, block, j): elements 64 j to 64 j + 63, unsigned.

HUG_LANE __m512i codes(Q4K, const Q4K::Block& b, int j) {
  return bits(spread(b.qs + 32 * j, 0, 4), 15);
}

HUG_LANE __m512i codes(Q5K, const Q5K::Block& b, int j) {
  return add_bits(bits(spread(b.qs + 32 * j, 0, 4), 15), b.qh, 2 * j, 16);
}

HUG_LANE __m512i codes(Q6K, const Q6K::Block& b, int j) {
  const __m512i low = load_512(b.ql + 64 * (j / 2));
  const __m512i high = _mm512_broadcast_i64x4(load_256(b.qh + 32 * (j / 2)));
  if (j % 2 == 0) {
    const __m512i by = two_256(_mm256_set1_epi16(4), _mm256_set1_epi16(2));
    return _mm512_or_si512(bits(low, 15),
                           bits(_mm512_sllv_epi16(high, by), 0x30));
  }
  const __m512i by = two_256(_mm256_setzero_si256(), _mm256_set1_epi16(2));
  return _mm512_or_si512(bits(_mm512_srli_epi16(low, 4), 15),
                         bits(_mm512_srlv_epi16(high, by), 0x30));
}

HUG_LANE __m512i crumbs(const uint8_t* qs, int j) {
  const auto shift = static_cast<short>(4 * (j % 2));
  return bits(spread(qs + 32 * (j / 2), shift, static_cast<short>(shift + 2)),
              3);
}

HUG_LANE __m512i codes(Q2K, const Q2K::Block& b, int j) {
  return crumbs(b.qs, j);
}

HUG_LANE __m512i codes(Q3K, const Q3K::Block& b, int j) {
  return add_bits(crumbs(b.qs, j), b.hmask, 2 * j, 4);
}

HUG_LANE __m512i codes(Tq2, const Tq2::Block& b, int j) {
  return crumbs(b.qs, j);
}

HUG_LANE __m512i codes(Tq1, const Tq1::Block& b, int j) {
  return two_256(trit_codes(b, 2 * j), trit_codes(b, 2 * j + 1));
}

/// Two runs of 16 bytes: low halves then high halves of each.
HUG_LANE __m512i nibbles(__m128i first, __m128i second) {
  const __m512i v = two_256(_mm256_broadcastsi128_si256(first),
                            _mm256_broadcastsi128_si256(second));
  const __m512i by = _mm512_set_epi64(4, 4, 0, 0, 4, 4, 0, 0);
  return bits(_mm512_srlv_epi64(v, by), 15);
}

HUG_LANE __m512i look_up(__m128i table, __m512i index) {
  return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(table), index);
}

HUG_LANE __m512i codes(Iq4Xs, const Iq4Xs::Block& b, int j) {
  const uint8_t* const p = b.qs + 32 * j;
  return look_up(iq4_levels<128>(), nibbles(load_128(p), load_128(p + 16)));
}

template <class T>
HUG_LANE __m512i codes(T, const typename T::Block& b, int j) {
  return two_256(T::codes(b, 2 * j), T::codes(b, 2 * j + 1));
}

template <class T>
concept Signed = requires {
  requires T::kSigned;
};

template <class T>
HUG_LANE __mmask64 signs(const typename T::Block& b, int j) {
  const uint64_t high = T::signs(b, 2 * j + 1);
  return T::signs(b, 2 * j) | (high << 32);
}

/// Whether the sum of four products needs more than 16 bits.
template <class T>
constexpr bool kWide = false;
template <>
constexpr bool kWide<Iq4Xs> = true;

template <class T>
constexpr bool kSignedScale = false;
template <>
constexpr bool kSignedScale<Q3K> = true;
template <>
constexpr bool kSignedScale<Q6K> = true;

/// For the sums of 128 elements as 16 bits: in the order that packing two sets
/// of 32 bits gives, four of the first and four of the second in every 128
/// bits. `all`: the scales in every 128 bits.
template <class T>
HUG_LANE __m512i scales_of(__m512i all, int p) {
  const auto pick = [&](int lane) HUG_LANE_LAMBDA {
    const int first = 8 * p + lane;
    const int shift = kSignedScale<T> ? 8 : 0;
    const auto at = [&](int k) HUG_LANE_LAMBDA {
      return static_cast<short>((k << shift) | (0x8000 >> shift));
    };
    return _mm_setr_epi16(at(first), at(first), at(first), at(first),
                          at(first + 4), at(first + 4), at(first + 4),
                          at(first + 4));
  };
  const __m512i at = two_256(_mm256_set_m128i(pick(1), pick(0)),
                             _mm256_set_m128i(pick(3), pick(2)));
  const __m512i v = _mm512_shuffle_epi8(all, at);
  return kSignedScale<T> ? _mm512_srai_epi16(v, 8) : v;
}

/// For sums of 64 elements as 32 bits.
HUG_LANE __m512i wide_scales_of(__m128i scale, int j) {
  const __m512i at =
      _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  return _mm512_permutexvar_epi32(
      _mm512_add_epi32(at, _mm512_set1_epi32(4 * j)),
      _mm512_cvtepi8_epi32(scale));
}

HUG_LANE __m512 to_float(__m512i v) {
  return _mm512_cvtepi32_ps(v);
}

template <class T>
struct Blocks256 {
  static constexpr RowKernel kColumn = kColumn256;
  using Block = typename T::Block;

  struct Unpacked {
    __m512i code[4];
    __m512i scale[4];
    __mmask64 minus[4];
  };

  HUG_LANE static void unpack(const Block& b, const Head& head, Unpacked& u) {
    const __m512i scales = _mm512_broadcast_i32x4(head.scale);
    HUG_UNROLL
    for (int j = 0; j < 4; j++) {
      u.code[j] = codes(T{}, b, j);
      if constexpr (kWide<T>) {
        u.scale[j] = wide_scales_of(head.scale, j);
      } else if (j < 2) {
        u.scale[j] = scales_of<T>(scales, j);
      }
      if constexpr (Signed<T>) u.minus[j] = signs<T>(b, j);
    }
  }

  /// Sums of four products each.
  HUG_LANE static __m512i fours(const Unpacked& u, const Column256& a, int j) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i q = _mm512_load_si512(a.q + 64 * j);
    if constexpr (Signed<T>) {
      q = _mm512_mask_sub_epi8(q, u.minus[j], zero, q);
    }
    return _mm512_dpbusd_epi32(zero, u.code[j], q);
  }

  HUG_LANE static __m512i sum(const Unpacked& u, const Column256& a) {
    __m512i total = _mm512_setzero_si512();
    if constexpr (kWide<T>) {
      HUG_UNROLL
      for (int j = 0; j < 4; j++) {
        const __m512i scaled = _mm512_mullo_epi32(fours(u, a, j), u.scale[j]);
        total = _mm512_add_epi32(total, scaled);
      }
      return total;
    }
    HUG_UNROLL
    for (int p = 0; p < 2; p++) {
      const __m512i both =
          _mm512_packs_epi32(fours(u, a, 2 * p), fours(u, a, 2 * p + 1));
      total = _mm512_dpwssd_epi32(total, both, u.scale[p]);
    }
    return total;
  }

  template <int C>
  struct Sums {
    __m512 acc[C];
    __m256 low[C];
  };

  template <int C>
  HUG_LANE static void add(const Unpacked& u, const Head& head,
                           const Column256& a, int c, Sums<C>& sums) {
    const __m128 d = _mm_mul_ps(head.d, _mm_set1_ps(a.d));
    sums.acc[c] = _mm512_fmadd_ps(to_float(sum(u, a)), _mm512_broadcastss_ps(d),
                                  sums.acc[c]);
    if constexpr (!Signed<T>) {
      const __m256i low = _mm256_madd_epi16(
          head.low, _mm256_load_si256(reinterpret_cast<const __m256i*>(a.sum)));
      const __m128 dmin = T::kMin ? _mm_movehdup_ps(d) : d;
      sums.low[c] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(low),
                                    _mm256_broadcastss_ps(dmin), sums.low[c]);
    }
  }

  template <int C>
  HUG_LANE static void dot(const uint8_t* row, size_t n_in,
                           const uint8_t* columns, size_t size, float* out) {
    Sums<C> sums;
    HUG_UNROLL
    for (int c = 0; c < C; c++) {
      sums.acc[c] = _mm512_setzero_ps();
      sums.low[c] = _mm256_setzero_ps();
    }
    for (size_t s = 0; s < n_in / 256; s++, row += sizeof(Block)) {
      prefetch(row, sizeof(Block));
      const Block& b = *reinterpret_cast<const Block*>(row);
      const Head head = T::head(b);
      Unpacked u;
      unpack(b, head, u);
      HUG_UNROLL
      for (int c = 0; c < C; c++) {
        add<C>(u, head, column_at<Column256>(columns, c, size), c, sums);
      }
      columns += sizeof(Column256);
    }
    for (int c = 0; c < C; c++)
      out[c] = _mm512_reduce_add_ps(sums.acc[c]) - sum_of_eight(sums.low[c]);
  }
};
