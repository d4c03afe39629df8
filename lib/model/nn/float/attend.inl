// Attention of a block of query rows over a stretch of pages: scores of a
// chunk of pages, an online softmax, the chunk's values; then the next chunk.

constexpr size_t kVectors = kGroupTokens / kLanes;  // of a group of tokens

// Asks for memory that will be read soon.
HUG_LANE void fetch(const void* p) {
  _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0);
}

// Scores of R rows against G groups of sixteen tokens, dimension after
// dimension, in C chains of sums a vector: few rows alone would not keep the
// multipliers busy. Shape: s (R, s_stride).
template <size_t R, size_t G, size_t C, class T>
void score_tile(const T* k, size_t dim, const float* q, float* s,
                size_t s_stride, const char* ahead) {
  constexpr size_t N = G * kVectors;
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
      const F b = set(q[r * dim + d]);
#pragma GCC unroll 16
      for (size_t j = 0; j < N; ++j)
        sum[c][r][j] = fma(at[j], b, sum[c][r][j]);
    }
  };
  constexpr size_t kBytes = G * C * kGroupTokens * sizeof(T);
  size_t d = 0;
  for (; d + C <= dim; d += C) {
    if (ahead != nullptr) {
#pragma GCC unroll 8
      for (size_t b = 0; b < kBytes; b += 64)
        fetch(ahead + d / C * kBytes + b);
    }
#pragma GCC unroll 16
    for (size_t c = 0; c < C; ++c)
      step(c, d + c);
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
      store(s + r * s_stride + j * kLanes, all);
    }
  }
}

// Adds tokens [begin, end) of a page, weighted, to N vectors of R rows.
// Shapes: w (R, w_stride), acc (R, stride).
template <size_t R, size_t N, class T>
void value_tile(const T* v, size_t stride, size_t begin, size_t end,
                const float* w, size_t w_stride, float* acc, const char* ahead,
                size_t ahead_size) {
  F sum[R][N];
#pragma GCC unroll 16
  for (size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j)
      sum[r][j] = load(acc + r * stride + j * kLanes);
  }
  for (size_t t = begin; t < end; ++t) {
    for (size_t b = 0; b < ahead_size; b += 64)
      fetch(ahead + t * ahead_size + b);
    F at[N];
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j)
      at[j] = load(v + t * stride + j * kLanes);
#pragma GCC unroll 16
    for (size_t r = 0; r < R; ++r) {
      const F b = set(w[r * w_stride + t]);
#pragma GCC unroll 16
      for (size_t j = 0; j < N; ++j)
        sum[r][j] = fma(at[j], b, sum[r][j]);
    }
  }
#pragma GCC unroll 16
  for (size_t r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (size_t j = 0; j < N; ++j)
      store(acc + r * stride + j * kLanes, sum[r][j]);
  }
}

// A page's tokens as one tile of rows meets them.
struct Tile {
  const float* q = nullptr;  // or weights
  float* s = nullptr;        // or sums of values
  size_t s_stride = 0;
  size_t begin = 0;  // tokens of the page
  size_t end = 0;
  const char* ahead = nullptr;
};

template <size_t R, class T>
void score_page(const Tile& c, const T* k, size_t dim) {
  // Few rows read memory as it comes, group by group; many meet what was
  // unpacked just now.
  constexpr size_t kGroups = R > kFewRows ? 2 / kVectors : 1;
  constexpr size_t kChains = R > kFewRows        ? 1
                             : R * kVectors <= 2 ? 4
                             : R * kVectors <= 5 ? 2
                                                 : 1;
  constexpr size_t kTokens = kGroups * kGroupTokens;
  for (size_t t = c.begin / kTokens * kTokens; t < c.end; t += kTokens) {
    const char* ahead =
        c.ahead == nullptr ? nullptr : c.ahead + t * dim * sizeof(T);
    score_tile<R, kGroups, kChains>(k + t / kGroupTokens * kGroupTokens * dim,
                                    dim, c.q, c.s + t, c.s_stride, ahead);
  }
}

template <size_t R, class T>
void weigh_page(const Tile& c, const T* v, size_t stride) {
  constexpr size_t kWide = R <= kWideRows ? 4 : 2;
  constexpr size_t kDims = kWide * kLanes;
  size_t d = 0;
  // The first pass over the tokens fetches the whole of the next page.
  size_t ahead_size = c.ahead == nullptr ? 0 : stride * sizeof(T);
  for (; d + kDims <= stride; d += kDims) {
    value_tile<R, kWide>(v + d, stride, c.begin, c.end, c.q, c.s_stride,
                         c.s + d, c.ahead, ahead_size);
    ahead_size = 0;
  }
  for (; d < stride; d += kGroupTokens) {
    value_tile<R, kVectors>(v + d, stride, c.begin, c.end, c.q, c.s_stride,
                            c.s + d, c.ahead, ahead_size);
    ahead_size = 0;
  }
}

template <class T, bool kScore>
struct ByRows {
  using Page = void (*)(const Tile&, const T*, size_t);

  template <size_t R>
  static constexpr Page page() {
    if constexpr (R > kTileRows) {
      return nullptr;
    } else if constexpr (kScore) {
      return &score_page<R, T>;
    } else {
      return &weigh_page<R, T>;
    }
  }

  static constexpr Page kPages[13] = {
      nullptr,    page<1>(),  page<2>(), page<3>(), page<4>(),
      page<5>(),  page<6>(),  page<7>(), page<8>(), page<9>(),
      page<10>(), page<11>(), page<12>()};
};

// The chunk's pages as kernels read them.
template <class T>
struct Chunk {
  size_t n_page = 0;
  size_t begin = 0;  // token of the first page's first slot
  const T* keys[kMaxChunkPages] = {};
  const T* values[kMaxChunkPages] = {};
  const void* next = nullptr;  // what is read after this chunk
};

struct Range {
  size_t begin;
  size_t end;
};

HUG_LANE size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

HUG_LANE size_t most(size_t a, size_t b) {
  return a > b ? a : b;
}

// Tokens of [at, at + n) that rows [row, row + count) see, counted from `at`.
HUG_LANE Range seen(const AttentionUnit& u, size_t row, size_t count, size_t at,
                    size_t n) {
  size_t begin = at + n;
  size_t end = at;
  for (size_t r = row; r < row + count; ++r) {
    if (u.begin[r] >= u.end[r]) continue;
    begin = least(begin, u.begin[r]);
    end = most(end, u.end[r]);
  }
  begin = least(most(begin, at), at + n);
  end = least(end, at + n);
  return {begin - at, most(begin, end) - at};
}

// The rows of the next tile: as few tiles as it takes, as even as they come.
HUG_LANE size_t tile_rows(size_t left) {
  const size_t tiles = (left + kTileRows - 1) / kTileRows;
  return (left + tiles - 1) / tiles;
}

template <class T>
void score_chunk(const AttentionUnit& u, const Chunk<T>& c) {
  const size_t dim = u.layout->shape.key_dim;
  const size_t stride = u.chunk_pages * kPageTokens;
  for (size_t row = 0; row < u.n_row;) {
    const size_t count = tile_rows(u.n_row - row);
    for (size_t p = 0; p < c.n_page; ++p) {
      const Range r =
          seen(u, row, count, c.begin + p * kPageTokens, kPageTokens);
      if (r.begin >= r.end) continue;
      Tile tile;
      tile.q = u.q + row * dim;
      tile.s = u.scores + row * stride + p * kPageTokens;
      tile.s_stride = stride;
      tile.begin = r.begin;
      tile.end = r.end;
      if (row == 0) {
        const void* next = p + 1 < c.n_page
                               ? static_cast<const void*>(c.keys[p + 1])
                               : c.values[0];
        tile.ahead = static_cast<const char*>(next);
      }
      ByRows<T, true>::kPages[count](tile, c.keys[p], dim);
    }
    row += count;
  }
}

template <class T>
void weigh_chunk(const AttentionUnit& u, const Chunk<T>& c) {
  const size_t width = u.layout->value_stride;
  const size_t stride = u.chunk_pages * kPageTokens;
  for (size_t row = 0; row < u.n_row;) {
    const size_t count = tile_rows(u.n_row - row);
    for (size_t p = 0; p < c.n_page; ++p) {
      const Range r =
          seen(u, row, count, c.begin + p * kPageTokens, kPageTokens);
      if (r.begin >= r.end) continue;
      Tile tile;
      tile.q = u.scores + row * stride + p * kPageTokens;
      tile.s = u.acc + row * width;
      tile.s_stride = stride;
      tile.begin = r.begin;
      tile.end = r.end;
      if (row == 0) {
        tile.ahead = static_cast<const char*>(
            p + 1 < c.n_page ? static_cast<const void*>(c.values[p + 1])
                             : c.next);
      }
      ByRows<T, false>::kPages[count](tile, c.values[p], width);
    }
    row += count;
  }
}

// What is added to scores, and the cap, for tokens [begin, end) of a chunk.
HUG_LANE void adjust(const AttentionUnit& u, size_t row, float* s, size_t at,
                     Range r) {
  if (u.softcap > 0) {
    const F cap = set(u.softcap);
    const F inverse = set(1.0f / u.softcap);
    for (size_t t = r.begin / kLanes * kLanes; t < r.end; t += kLanes)
      store(s + t, cap * tanh(load(s + t) * inverse));
  }
  if (u.bias == nullptr && u.slopes == nullptr) return;
  const size_t head = row % u.n_group;
  const auto here = static_cast<int64_t>(u.position[row]);
  const auto reach = static_cast<int64_t>(u.reach);
  for (size_t t = r.begin; t < r.end; ++t) {
    int64_t far = static_cast<int64_t>(at + t) - here;
    if (u.slopes != nullptr) {
      const auto d = static_cast<float>(far < 0 ? -far : far);
      s[t] -= u.slopes[head] * d;
    }
    if (u.bias != nullptr) {
      far = far < -reach ? -reach : far > reach ? reach : far;
      s[t] +=
          u.bias[head * (2 * u.reach + 1) + static_cast<size_t>(far + reach)];
    }
  }
}

// Scores to weights, in place, and the row's sums brought to the new maximum.
// `key_scales`, `value_scales`: of the chunk's tokens, or null.
HUG_LANE void soften_row(const AttentionUnit& u, size_t row, size_t at,
                         size_t n, const float* key_scales,
                         const float* value_scales) {
  float* s = u.scores + row * u.chunk_pages * kPageTokens;
  const Range r = seen(u, row, 1, at, n);
  if (r.begin >= r.end) {
    for (size_t t = 0; t < n; t += kLanes)
      store(s + t, set(0));
    return;
  }
  const size_t begin = r.begin / kLanes * kLanes;
  const size_t end = (r.end + kLanes - 1) / kLanes * kLanes;
  if (key_scales != nullptr) {
    for (size_t t = begin; t < end; t += kLanes)
      store(s + t, load(s + t) * load(key_scales + t));
  }
  adjust(u, row, s, at, r);
  for (size_t t = begin; t < r.begin; ++t)
    s[t] = -__builtin_inff();
  for (size_t t = r.end; t < end; ++t)
    s[t] = -__builtin_inff();
  F high = load(s + begin);
  for (size_t t = begin + kLanes; t < end; t += kLanes)
    high = max(high, load(s + t));
  const float old = u.max[row];
  const float top = largest(high);
  const float now = top > old ? top : old;
  const F shift = set(now);
  F sum = set(0);
  for (size_t t = begin; t < end; t += kLanes) {
    const F e = exp(load(s + t) - shift);
    sum = sum + e;
    store(s + t, value_scales == nullptr ? e : e * load(value_scales + t));
  }
  for (size_t t = 0; t < begin; t += kLanes)
    store(s + t, set(0));
  for (size_t t = end; t < n; t += kLanes)
    store(s + t, set(0));
  float kept = 1;
  if (now > old) {
    alignas(64) float one[kLanes];
    store(one, exp(set(old - now)));
    kept = u.sum[row] > 0 ? one[0] : 0;
    float* acc = u.acc + row * u.layout->value_stride;
    for (size_t i = 0; i < u.layout->value_stride; i += kLanes)
      store(acc + i, load(acc + i) * set(kept));
    u.max[row] = now;
  }
  u.sum[row] = u.sum[row] * kept + add_up(sum);
}

template <class T>
const T* keys_of(const AttentionUnit& u, size_t page) {
  return reinterpret_cast<const T*>(u.pages[page] +
                                    u.kv_head * u.layout->head_size);
}

template <class T>
const T* values_of(const AttentionUnit& u, size_t page) {
  return reinterpret_cast<const T*>(
      u.pages[page] + u.kv_head * u.layout->head_size + u.layout->values_at);
}

template <class T>
void unpack(const T* from, size_t n, float* to) {
  for (size_t i = 0; i < n; i += kLanes)
    store(to + i, load(from + i));
}

// Scales of the chunk's tokens, from behind the codes.
HUG_LANE void chunk_scales(const AttentionUnit& u, size_t page, size_t n_page,
                           float* keys, float* values) {
  const KvLayout& l = *u.layout;
  for (size_t p = 0; p < n_page; ++p) {
    const std::byte* head = u.pages[page + p] + u.kv_head * l.head_size;
    unpack(reinterpret_cast<const uint16_t*>(head + l.key_codes), kPageTokens,
           keys + p * kPageTokens);
    unpack(
        reinterpret_cast<const uint16_t*>(head + l.values_at + l.value_codes),
        kPageTokens, values + p * kPageTokens);
  }
}

template <class T>
void attend_pages(const AttentionUnit& u) {
  const KvLayout& l = *u.layout;
  constexpr bool kScaled = sizeof(T) == 1;
  alignas(64) float scales[kScaled ? 2 : 1][kMaxChunkPages * kPageTokens];
  const size_t last = (u.key_end + kPageTokens - 1) / kPageTokens;
  const size_t key_size = kPageTokens * l.shape.key_dim;
  const size_t value_size = kPageTokens * l.value_stride;
  for (size_t page = u.key_begin / kPageTokens; page < last;) {
    const size_t n_page = least(u.chunk_pages, last - page);
    const size_t at = page * kPageTokens;
    const float* key_scales = nullptr;
    const float* value_scales = nullptr;
    if constexpr (kScaled) {
      chunk_scales(u, page, n_page, scales[0], scales[1]);
      key_scales = scales[0];
      value_scales = scales[1];
    }
    const auto soften = [&] {
      for (size_t row = 0; row < u.n_row; ++row)
        soften_row(u, row, at, n_page * kPageTokens, key_scales, value_scales);
    };
    if (u.keys != nullptr) {
      Chunk<float> c;
      c.n_page = n_page;
      c.begin = at;
      for (size_t p = 0; p < n_page; ++p) {
        unpack(keys_of<T>(u, page + p), key_size, u.keys + p * key_size);
        c.keys[p] = u.keys + p * key_size;
        c.values[p] = u.values + p * value_size;
      }
      score_chunk(u, c);
      soften();
      for (size_t p = 0; p < n_page; ++p)
        unpack(values_of<T>(u, page + p), value_size,
               u.values + p * value_size);
      weigh_chunk(u, c);
    } else {
      Chunk<T> c;
      c.n_page = n_page;
      c.begin = at;
      for (size_t p = 0; p < n_page; ++p) {
        c.keys[p] = keys_of<T>(u, page + p);
        c.values[p] = values_of<T>(u, page + p);
      }
      if (page + n_page < last) c.next = keys_of<T>(u, page + n_page);
      score_chunk(u, c);
      soften();
      weigh_chunk(u, c);
    }
    page += n_page;
  }
}

void attend(const AttentionUnit& u) {
  for (size_t r = 0; r < u.n_row; ++r) {
    u.max[r] = -__builtin_inff();
    u.sum[r] = 0;
  }
  for (size_t i = 0; i < u.n_row * u.layout->value_stride; i += kLanes)
    store(u.acc + i, set(0));
  switch (u.layout->type) {
    case CacheType::kF32:
      return attend_pages<float>(u);
    case CacheType::kF16:
      return attend_pages<uint16_t>(u);
    case CacheType::kQ8:
      return attend_pages<int8_t>(u);
  }
}
