// Few rows of queries over keys and values of eight bits. Products are of whole
// numbers, exact: queries and weights get sixteen bits here, pairs of which
// meet pairs of bytes.

// What a kernel of a tile works on.
struct ByteTile {
  const int8_t* codes = nullptr;  // of the step's first token
  size_t width = 0;               // key_stride or value_stride
  const int16_t* in = nullptr;    // queries, or weights
  size_t in_stride = 0;
  const float* in_scales = nullptr;  // of the rows
  float* out = nullptr;              // scores, or sums of values
  size_t out_stride = 0;
  size_t n_token = 0;
  const uint16_t* scales = nullptr;  // of the keys
  const char* ahead = nullptr;  // fetched meanwhile, as long as the tile; null
};

constexpr size_t kByteGroups = 2 / kVectors;  // of tokens, side by side

// Scores of R rows against a few groups of tokens, from token t on.
template <size_t R>
void score_byte_groups(const ByteTile& tile, size_t t) {
  constexpr size_t G = kByteGroups;
  constexpr size_t N = G * kVectors;
  constexpr size_t kPairs = 64 / (G * 2 * kGroupTokens);  // to a fetched line
  const size_t group = kGroupTokens * tile.width;
  const int8_t* k = tile.codes + t * tile.width;
  I sum[R][N];
#pragma GCC unroll 16
  for (size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j)
      sum[r][j] = no_sums();
  }
  for (size_t d = 0; d < tile.width; d += 2) {
    const int8_t* here = k + d * kGroupTokens;
    if (tile.ahead != nullptr && d / 2 % kPairs == 0)
      fetch<64>(tile.ahead + t * tile.width + d * kGroupTokens * G, here);
    I at[N];
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j)
      at[j] = widen(here + j / kVectors * group + j % kVectors * 2 * kLanes);
#pragma GCC unroll 16
    for (size_t r = 0; r < R; ++r) {
      const I b = spread_pair(tile.in + r * tile.in_stride + d);
#pragma GCC unroll 16
      for (size_t j = 0; j < N; ++j)
        sum[r][j] = dot(sum[r][j], at[j], b);
    }
  }
#pragma GCC unroll 16
  for (size_t j = 0; j < N; ++j) {
    const F scale = load(tile.scales + t + j * kLanes);
#pragma GCC unroll 16
    for (size_t r = 0; r < R; ++r) {
      store(tile.out + r * tile.out_stride + t + j * kLanes,
            to_floats(sum[r][j]) * set(tile.in_scales[r]) * scale);
    }
  }
}

template <size_t R>
void score_bytes(const ByteTile& tile) {
  for (size_t t = 0; t < tile.n_token; t += kByteGroups * kGroupTokens)
    score_byte_groups<R>(tile, t);
}

// Adds a tile's tokens, weighted, to N vectors of R rows, from element d on.
template <size_t R, size_t N>
void weigh_byte_part(const ByteTile& tile, size_t d) {
  // Each part fetches its share of what comes, in the order of memory.
  constexpr size_t kShare = 2 * N * kLanes;
  const char* ahead =
      tile.ahead == nullptr ? nullptr : tile.ahead + d * tile.n_token;
  I sum[R][N];
#pragma GCC unroll 16
  for (size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j)
      sum[r][j] = no_sums();
  }
  for (size_t t = 0; t < tile.n_token; t += 2) {
    const int8_t* here = tile.codes + t * tile.width + 2 * d;
    if (ahead != nullptr && (kShare >= 64 || t / 2 * kShare % 64 == 0))
      fetch<kShare>(ahead + t / 2 * kShare, here);
    I at[N];
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j)
      at[j] = widen(here + 2 * j * kLanes);
#pragma GCC unroll 16
    for (size_t r = 0; r < R; ++r) {
      const I b = spread_pair(tile.in + r * tile.in_stride + t);
#pragma GCC unroll 16
      for (size_t j = 0; j < N; ++j)
        sum[r][j] = dot(sum[r][j], at[j], b);
    }
  }
#pragma GCC unroll 16
  for (size_t r = 0; r < R; ++r) {
    const F scale = set(tile.in_scales[r]);
    float* out = tile.out + r * tile.out_stride + d;
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j)
      store(out + j * kLanes,
            fma(to_floats(sum[r][j]), scale, load(out + j * kLanes)));
  }
}

template <size_t R>
void weigh_bytes(const ByteTile& tile) {
  constexpr size_t kWide = R <= kWideRows ? 4 : 2;
  constexpr size_t kDims = kWide * kLanes;
  size_t d = 0;
  for (; d + kDims <= tile.width; d += kDims)
    weigh_byte_part<R, kWide>(tile, d);
  for (; d < tile.width; d += kGroupTokens)
    weigh_byte_part<R, kVectors>(tile, d);
}

using ByteKernel = void (*)(const ByteTile&);

template <size_t R, bool kScore>
constexpr ByteKernel byte_kernel() {
  if constexpr (R > kTileRows) {
    return nullptr;
  } else if constexpr (kScore) {
    return &score_bytes<R>;
  } else {
    return &weigh_bytes<R>;
  }
}

// By the number of rows.
template <bool kScore>
constexpr ByteKernel kByteKernels[kDirectRows + 1] = {
    nullptr,
    byte_kernel<1, kScore>(),
    byte_kernel<2, kScore>(),
    byte_kernel<3, kScore>(),
    byte_kernel<4, kScore>(),
    byte_kernel<5, kScore>(),
    byte_kernel<6, kScore>(),
    byte_kernel<7, kScore>(),
    byte_kernel<8, kScore>(),
};

// Work memory of a unit, in AttentionUnit::unpacked.
struct ByteWork {
  size_t query_stride;
  int16_t* queries;      // (n_row, query_stride)
  float* query_scales;   // (n_row)
  int16_t* weights;      // (n_row, step)
  float* weight_scales;  // (n_row)
  float* value_scales;   // (step): 0 behind the last key
};

HUG_LANE ByteWork byte_work(const AttentionUnit& u) {
  ByteWork w;
  w.query_stride = (u.layout->key_stride + 15) / 16 * 16;
  float* at = u.unpacked;
  const auto take = [&](size_t n) {
    float* out = at;
    at += n;
    return out;
  };
  w.queries = reinterpret_cast<int16_t*>(take(u.n_row * w.query_stride / 2));
  w.weights = reinterpret_cast<int16_t*>(take(u.n_row * u.step / 2));
  w.value_scales = take(u.step);
  w.query_scales = take(u.n_row);
  w.weight_scales = take(u.n_row);
  return w;
}

// Queries to sixteen bits, or as many as no sum of products outgrows.
HUG_LANE void round_queries(const AttentionUnit& u, const ByteWork& w) {
  const size_t dim = u.layout->shape.key_dim;
  const float room = 2147483647.0f / (127.0f * static_cast<float>(dim + 1));
  const float most = room < 32767.0f ? room : 32767.0f;
  for (size_t r = 0; r < u.n_row; ++r) {
    const float* q = u.q + r * dim;
    F high = set(0);
    for (size_t i = 0; i < dim; i += kLanes)
      high = max(high, abs(load_at(q, i, dim)));
    const float top = largest(high);
    const F inverse = set(top > 0 ? most / top : 0.0f);
    for (size_t i = 0; i < w.query_stride; i += kLanes) {
      const F x = i < dim ? load_at(q, i, dim) : set(0);
      store_shorts(w.queries + r * w.query_stride + i, x * inverse);
    }
    w.query_scales[r] = top / most;
  }
}

// The row's weights times the scales of values, to sixteen bits.
HUG_LANE void round_weights(const AttentionUnit& u, const ByteWork& w,
                            size_t row, float most_weight, float most_scale) {
  const float top = most_weight * most_scale;
  // Less than that is nothing beside what it would be added to.
  const float inverse = top > 1e-30f ? 32767.0f / top : 0.0f;
  const float* s = u.scores + row * u.step;
  for (size_t t = 0; t < u.step; t += kLanes) {
    store_shorts(w.weights + row * u.step + t,
                 load(s + t) * load(w.value_scales + t) * set(inverse));
  }
  w.weight_scales[row] = top / 32767.0f;
}

// Scales of the step's values; gives the largest.
HUG_LANE float load_value_scales(const AttentionUnit& u, const uint16_t* scales,
                                 size_t n, float* to) {
  for (size_t t = 0; t < u.step; t += kLanes)
    store(to + t, load(scales + t));
  for (size_t t = n; t < u.step; ++t)
    to[t] = 0;
  F high = set(0);
  for (size_t t = 0; t < u.step; t += kLanes)
    high = max(high, load(to + t));
  return largest(high);
}

// Asks for the scales of the step after this one: they lie behind the codes.
HUG_LANE void fetch_scales(const AttentionUnit& u, const Step<int8_t>& step) {
  if (step.next_keys == nullptr) return;
  const Step<int8_t> next = step_at<int8_t>(u, step.at + u.step);
  for (size_t t = 0; t < u.step; t += 32) {
    _mm_prefetch(next.key_scales + t, _MM_HINT_T0);
    _mm_prefetch(next.value_scales + t, _MM_HINT_T0);
  }
}

void attend_few_bytes(const AttentionUnit& u) {
  const KvLayout& l = *u.layout;
  const ByteWork w = byte_work(u);
  round_queries(u, w);
  for (size_t at = u.key_begin / u.step * u.step; at < u.key_end;
       at += u.step) {
    const Step<int8_t> step = step_at<int8_t>(u, at);
    const size_t n = least(u.step, u.key_end - at);
    fetch_scales(u, step);
    const float most_scale =
        load_value_scales(u, step.value_scales, n, w.value_scales);
    ByteTile keys;
    keys.codes = step.keys;
    keys.width = l.key_stride;
    keys.in_stride = w.query_stride;
    keys.out_stride = u.step;
    keys.n_token = n;
    keys.scales = step.key_scales;
    keys.ahead = reinterpret_cast<const char*>(step.values);
    for (size_t row = 0; row < u.n_row;) {
      const size_t count = tile_rows(u.n_row - row);
      keys.in = w.queries + row * w.query_stride;
      keys.in_scales = w.query_scales + row;
      keys.out = u.scores + row * u.step;
      kByteKernels<true>[count](keys);
      keys.ahead = nullptr;
      row += count;
    }
    for (size_t row = 0; row < u.n_row; ++row)
      round_weights(u, w, row, soften_row(u, row, at), most_scale);
    ByteTile values;
    values.codes = step.values;
    values.width = l.value_stride;
    values.in_stride = u.step;
    values.out_stride = l.value_stride;
    values.n_token = n;
    values.ahead = reinterpret_cast<const char*>(step.next_keys);
    for (size_t row = 0; row < u.n_row;) {
      const size_t count = tile_rows(u.n_row - row);
      values.in = w.weights + row * u.step;
      values.in_scales = w.weight_scales + row;
      values.out = u.acc + row * l.value_stride;
      kByteKernels<false>[count](values);
      values.ahead = nullptr;
      row += count;
    }
  }
}
