// Tiles of attention: scores of some rows against tokens, and tokens' values,
// weighted, on top of some rows' sums.

constexpr size_t kVectors = kGroupTokens / kLanes;  // of a group of tokens

// Bytes before a kernel reads memory that it asks for to come near.
constexpr size_t kNear = 512;

// Asks for Size bytes that the next tile reads, and for as many that this one
// reads soon. The former go to the second-level cache: the first has few places
// for what is on its way.
template <size_t Size>
HUG_LANE void fetch(const char* ahead, const void* here) {
#pragma GCC unroll 8
  for (size_t b = 0; b < Size; b += 64) {
    _mm_prefetch(ahead + b, _MM_HINT_T1);
    _mm_prefetch(static_cast<const char*>(here) + kNear + b, _MM_HINT_T0);
  }
}

// What a kernel of a tile works on. T: of keys or values.
template <class T>
struct Tile {
  const T* codes = nullptr;   // a group's keys, or a token's values
  size_t width = 0;           // key_dim or value_stride
  const float* in = nullptr;  // queries, or weights
  size_t in_stride = 0;
  float* out = nullptr;  // scores, or sums of values
  size_t out_stride = 0;
  size_t n_token = 0;
  const char* ahead = nullptr;  // fetched meanwhile, as long as the tile; null
};

// Scores of R rows against G groups of sixteen tokens, dimension after
// dimension, in C chains of sums a vector: few rows alone would not keep the
// multipliers busy.
template <size_t R, size_t G, size_t C, class T>
void score_groups(const Tile<T>& tile, const T* k, float* s,
                  const char* ahead) {
  constexpr size_t N = G * kVectors;
  const size_t dim = tile.width;
  F sum[C][R][N];
#pragma GCC unroll 16
  for (size_t c = 0; c < C; ++c) {
#pragma GCC unroll 16
    for (size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
      for (size_t j = 0; j < N; ++j)
        sum[c][r][j] = set(0);
    }
  }
  const auto step = [&](size_t c, size_t d) __attribute__((always_inline)) {
    F at[N];
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j) {
      at[j] = load(k + j / kVectors * dim * kGroupTokens + d * kGroupTokens +
                   j % kVectors * kLanes);
    }
#pragma GCC unroll 16
    for (size_t r = 0; r < R; ++r) {
      const F b = set(tile.in[r * tile.in_stride + d]);
#pragma GCC unroll 16
      for (size_t j = 0; j < N; ++j)
        sum[c][r][j] = fma(at[j], b, sum[c][r][j]);
    }
  };
  // Whole lines are fetched between a few dimensions.
  constexpr size_t kSize = G * kGroupTokens * sizeof(T);
  constexpr size_t D = C * kSize < 64 ? 64 / kSize : C;
  size_t d = 0;
  for (; d + D <= dim; d += D) {
    if (ahead != nullptr)
      fetch<D * kSize>(ahead + d * kSize, k + d * kGroupTokens);
#pragma GCC unroll 16
    for (size_t c = 0; c < D; ++c)
      step(c % C, d + c);
  }
  for (; d < dim; ++d)
    step(0, d);
#pragma GCC unroll 16
  for (size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j) {
      F all = sum[0][r][j];
#pragma GCC unroll 16
      for (size_t c = 1; c < C; ++c)
        all = all + sum[c][r][j];
      store(s + r * tile.out_stride + j * kLanes, all);
    }
  }
}

// Scores of R rows against all tokens of a tile.
template <size_t R, class T>
void score_tile(const Tile<T>& tile) {
  // Few rows read memory as it comes, group by group; many meet what was
  // unpacked just now.
  constexpr size_t kGroups = R > kFewRows ? 2 / kVectors : 1;
  constexpr size_t kChains = R > kFewRows        ? 1
                             : R * kVectors <= 2 ? 4
                             : R * kVectors <= 5 ? 2
                                                 : 1;
  constexpr size_t kTokens = kGroups * kGroupTokens;
  for (size_t t = 0; t < tile.n_token; t += kTokens) {
    const size_t at = t * tile.width;
    const char* ahead =
        tile.ahead == nullptr ? nullptr : tile.ahead + at * sizeof(T);
    score_groups<R, kGroups, kChains>(tile, tile.codes + at, tile.out + t,
                                      ahead);
  }
}

// Adds a tile's tokens, weighted, to N vectors of R rows, from element d on.
template <size_t R, size_t N, class T>
void weigh_part(const Tile<T>& tile, size_t d) {
  // Each part fetches its share of what comes, in the order of memory.
  constexpr size_t kShare = N * kLanes * sizeof(T);
  const char* ahead = tile.ahead == nullptr
                          ? nullptr
                          : tile.ahead + d * sizeof(T) * tile.n_token;
  const T* v = tile.codes + d;
  float* acc = tile.out + d;
  F sum[R][N];
#pragma GCC unroll 16
  for (size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j)
      sum[r][j] = load(acc + r * tile.out_stride + j * kLanes);
  }
  for (size_t t = 0; t < tile.n_token; ++t) {
    if (ahead != nullptr && (kShare >= 64 || t * kShare % 64 == 0))
      fetch<kShare>(ahead + t * kShare, v + t * tile.width);
    F at[N];
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j)
      at[j] = load(v + t * tile.width + j * kLanes);
#pragma GCC unroll 16
    for (size_t r = 0; r < R; ++r) {
      const F b = set(tile.in[r * tile.in_stride + t]);
#pragma GCC unroll 16
      for (size_t j = 0; j < N; ++j)
        sum[r][j] = fma(at[j], b, sum[r][j]);
    }
  }
#pragma GCC unroll 16
  for (size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j)
      store(acc + r * tile.out_stride + j * kLanes, sum[r][j]);
  }
}

// Adds a tile's tokens, weighted, to the sums of R rows.
template <size_t R, class T>
void weigh_tile(const Tile<T>& all) {
  constexpr size_t kWide = R <= kWideRows ? 4 : 2;
  constexpr size_t kDims = kWide * kLanes;
  // A few tokens at a time, so that memory is fetched as it lies though there
  // are several passes over the dimensions.
  constexpr size_t kTokens = 32;
  Tile<T> tile = all;
  for (size_t t = 0; t < all.n_token; t += kTokens) {
    const size_t left = all.n_token - t;
    tile.n_token = left < kTokens ? left : kTokens;
    size_t d = 0;
    for (; d + kDims <= tile.width; d += kDims)
      weigh_part<R, kWide>(tile, d);
    for (; d < tile.width; d += kGroupTokens)
      weigh_part<R, kVectors>(tile, d);
    tile.codes += kTokens * tile.width;
    tile.in += kTokens;
    if (tile.ahead != nullptr) tile.ahead += kTokens * tile.width * sizeof(T);
  }
}

template <class T>
using TileKernel = void (*)(const Tile<T>&);

template <size_t R, class T, bool kScore>
constexpr TileKernel<T> tile_kernel() {
  // What is not f32 is unpacked where there are many rows.
  constexpr size_t kMost =
      sizeof(T) == 4 || kTileRows < kDirectRows ? kTileRows : kDirectRows;
  if constexpr (R > kMost) {
    return nullptr;
  } else if constexpr (kScore) {
    return &score_tile<R, T>;
  } else {
    return &weigh_tile<R, T>;
  }
}

// By the number of rows.
template <class T, bool kScore>
constexpr TileKernel<T> kTileKernels[13] = {
    nullptr,
    tile_kernel<1, T, kScore>(),
    tile_kernel<2, T, kScore>(),
    tile_kernel<3, T, kScore>(),
    tile_kernel<4, T, kScore>(),
    tile_kernel<5, T, kScore>(),
    tile_kernel<6, T, kScore>(),
    tile_kernel<7, T, kScore>(),
    tile_kernel<8, T, kScore>(),
    tile_kernel<9, T, kScore>(),
    tile_kernel<10, T, kScore>(),
    tile_kernel<11, T, kScore>(),
    tile_kernel<12, T, kScore>(),
};
