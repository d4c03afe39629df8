// Policies of multiply() for integers, and the table of all types.

/// The codes of 16 rows that only unpack one by one. kSize codes each.
template <class T, size_t kSize, class Unpack>
HUG_LANE void put_rows(uint8_t* q, Unpack unpack) {
  alignas(64) uint8_t code[16][kSize];
  const uint8_t* row[16];
  for (size_t r = 0; r < 16; r++) {
    unpack(r, code[r]);
    row[r] = code[r];
  }
  for (size_t at = 0; at < kSize; at += 32, q += 512) {
    Codes z[8];
    load_8(row, at, z);
    HUG_UNROLL for (int g = 0; g < 8; g++) put_lifted<T>(q + 64 * g, z[g]);
  }
}

template <class Block>
HUG_LANE const Block& block_at(const uint8_t* p) {
  return *reinterpret_cast<const Block*>(p);
}

/// An f16 at `at` of 16 rows to f32.
HUG_LANE void gather_halves(const uint8_t* const* row, size_t at, float factor,
                            float* to) {
  alignas(32) uint16_t half[16];
  for (size_t r = 0; r < 16; r++)
    __builtin_memcpy(half + r, row[r] + at, sizeof half[r]);
  put_halves(to, half, factor);
}

/// A policy of multiply() for super-blocks.
template <class T>
struct Super {
  using Block = typename T::Block;
  static constexpr bool kLow = T::kKind == Kind::kLow;
  using Panel = Panel256<T::kSub, kLow>;
  using Columns = Columns256;
  static constexpr size_t kUnit = 256;
  static constexpr size_t kDepth = 8;
  static constexpr size_t kExtra = 0;
  static constexpr size_t kTile = kTilePanels;
  static constexpr auto prepare = prepare_groups<Columns256, 256>;

  HUG_LANE static void put_heads(const uint8_t* const* row, size_t at,
                                 Panel& p) {
    if constexpr (requires { T::kHalf; }) {
      gather_halves(row, at + T::kHalf, T::kFactor, p.d);
    } else {
      for (size_t r = 0; r < 16; r++)
        p.d[r] = T::scale(block_at<Block>(row[r] + at));
    }
    if constexpr (kLow) gather_halves(row, at + T::kLowHalf, 1.0F, p.low_d);
    if constexpr (requires { T::scales(row, at, p); }) {
      T::scales(row, at, p);
    } else {
      for (size_t r = 0; r < 16; r++) {
        Head h;
        T::head(block_at<Block>(row[r] + at), h);
        for (int i = 0; i < 256 / T::kSub; i++)
          p.scale[i][r] = scale_word(h.scale[i]);
        if constexpr (kLow) {
          for (int i = 0; i < 128 / T::kSub; i++)
            p.low[i][r] = two_words(h.low[2 * i], h.low[2 * i + 1]);
        }
      }
    }
  }

  static void pack(const PanelJob& job, const uint8_t* const* row, size_t first,
                   size_t n, Panel* p, uint8_t*) {
    for (size_t u = first; u < first + n; u++, p++) {
      const size_t at = u * sizeof(Block);
      prefetch_next(job, row, at, sizeof(Block));
      put_heads(row, at, *p);
      if constexpr (requires { T::codes(row, at, p->code); }) {
        T::codes(row, at, p->code);
      } else {
        put_rows<T, 256>(p->code, [&](size_t r, uint8_t* code) {
          T::unpack(block_at<Block>(row[r] + at), code);
        });
      }
    }
  }

  template <int kN>
  HUG_LANE static void tile(const Panel* w, size_t next, const Columns* a,
                            size_t n, float* sums, bool first) {
    tile_256<way_of(T::kKind, T::kBias, T::kMost, T::kSub), T::kSub, kN>(
        w, next, a, n, sums, first);
  }
};

/// A policy of multiply() for blocks of 32.
template <class T>
struct Plain {
  using Block = typename T::Block;
  static constexpr bool kLow = T::kKind == Kind::kLow;
  using Panel = Panel32<kLow>;
  using Columns = Columns32;
  static constexpr size_t kUnit = 32;
  static constexpr size_t kDepth = 64;
  static constexpr size_t kExtra = 0;
  static constexpr size_t kTile = kTilePanels;
  static constexpr auto prepare = prepare_groups<Columns32, 32>;

  static void pack(const PanelJob& job, const uint8_t* const* row, size_t first,
                   size_t n, Panel* p, uint8_t*) {
    for (size_t u = first; u < first + n; u++, p++) {
      const size_t at = u / T::kPer * sizeof(Block);
      const size_t piece = u % T::kPer;
      if (u % 2 == 0) prefetch_next(job, row, at, 2 * sizeof(Block));
      if constexpr (requires { T::kHalf; }) {
        gather_halves(row, at + T::kHalf, 1.0F, p->d);
      } else {
        for (size_t r = 0; r < 16; r++)
          p->d[r] = T::scale(block_at<Block>(row[r] + at));
      }
      if constexpr (kLow) gather_halves(row, at + T::kLowHalf, 1.0F, p->low);
      if constexpr (requires { T::codes(row, at, piece, p->code); }) {
        T::codes(row, at, piece, p->code);
      } else {
        put_rows<T, 32>(p->code, [&](size_t r, uint8_t* code) {
          T::unpack(block_at<Block>(row[r] + at), piece, code);
        });
      }
    }
  }

  template <int kN>
  HUG_LANE static void tile(const Panel* w, size_t next, const Columns* a,
                            size_t n, float* sums, bool first) {
    tile_32<way_of(T::kKind, T::kBias, T::kMost, 32), kN>(w, next, a, n, sums,
                                                          first);
  }
};

constexpr PanelTable make_table() {
  PanelTable t;
  const auto at = [&](DType type) -> PanelKernel& {
    return t.of[static_cast<size_t>(type)];
  };
  at(DType::kQ4_0) = kernel<Plain<TypeQ4_0>>();
  at(DType::kQ4_1) = kernel<Plain<TypeQ4_1>>();
  at(DType::kQ5_0) = kernel<Plain<TypeQ5_0>>();
  at(DType::kQ5_1) = kernel<Plain<TypeQ5_1>>();
  at(DType::kQ8_0) = kernel<Plain<TypeQ8_0>>();
  at(DType::kIq4Nl) = kernel<Plain<TypeIq4Nl>>();
  at(DType::kMxfp4) = kernel<Plain<TypeMxfp4>>();
  at(DType::kQ1_0) = kernel<Plain<TypeQ1_0>>();
  at(DType::kQ2_0) = kernel<Plain<TypeQ2_0>>();
  at(DType::kQ2K) = kernel<Super<TypeQ2K>>();
  at(DType::kQ3K) = kernel<Super<TypeQ3K>>();
  at(DType::kQ4K) = kernel<Super<TypeQ4K>>();
  at(DType::kQ5K) = kernel<Super<TypeQ5K>>();
  at(DType::kQ6K) = kernel<Super<TypeQ6K>>();
  at(DType::kTq1_0) = kernel<Super<TypeTq1_0>>();
  at(DType::kTq2_0) = kernel<Super<TypeTq2_0>>();
  at(DType::kIq4Xs) = kernel<Super<TypeIq4Xs>>();
  at(DType::kIq2Xxs) = kernel<Super<TypeIq2Xxs>>();
  at(DType::kIq2Xs) = kernel<Super<TypeIq2Xs>>();
  at(DType::kIq2S) = kernel<Super<TypeIq2S>>();
  at(DType::kIq3Xxs) = kernel<Super<TypeIq3Xxs>>();
  at(DType::kIq3S) = kernel<Super<TypeIq3S>>();
  at(DType::kIq1S) = kernel<Super<TypeIq1S>>();
  at(DType::kIq1M) = kernel<Super<TypeIq1M>>();
  return t;
}
