// Attention of a block of query rows over a stretch of keys, step by step:
// scores of a step's tokens, an online softmax, the step's values.

// One step's tokens, where they lie, and where the next keys do.
template <class T>
struct Step {
  size_t at = 0;
  const T* keys = nullptr;
  const T* values = nullptr;
  const uint16_t* key_scales = nullptr;  // where codes are bytes
  const uint16_t* value_scales = nullptr;
  const T* next_keys = nullptr;  // null: there are none
};

template <class T>
HUG_LANE Step<T> step_at(const AttentionUnit& u, size_t at) {
  const KvLayout& l = *u.layout;
  const auto head = [&](size_t token) {
    return u.pages[token / kPageTokens] + u.kv_head * l.head_size;
  };
  const size_t slot = at % kPageTokens;
  const std::byte* values = head(at) + l.values_at;
  Step<T> step;
  step.at = at;
  step.keys = reinterpret_cast<const T*>(head(at)) + slot * l.key_stride;
  step.values = reinterpret_cast<const T*>(values) + slot * l.value_stride;
  step.key_scales =
      reinterpret_cast<const uint16_t*>(head(at) + l.key_codes) + slot;
  step.value_scales =
      reinterpret_cast<const uint16_t*>(values + l.value_codes) + slot;
  const size_t next = at + u.step;
  if (next < u.key_end) {
    step.next_keys = reinterpret_cast<const T*>(head(next)) +
                     next % kPageTokens * l.key_stride;
  }
  return step;
}

// The rows of the next tile: as few tiles as it takes, as even as they come.
HUG_LANE size_t tile_rows(size_t left) {
  const size_t tiles = (left + kTileRows - 1) / kTileRows;
  return (left + tiles - 1) / tiles;
}

// Scores of all rows against `n` tokens at offset `from` of the step at `at`,
// whose keys lie at `k`. `ahead`: what is read next, as much; or null.
template <class T>
void score_block(const AttentionUnit& u, size_t at, size_t from, size_t n,
                 const T* k, const void* ahead) {
  Tile<T> tile;
  tile.width = u.layout->shape.key_dim;
  tile.in_stride = tile.width;
  tile.out_stride = u.step;
  tile.ahead = static_cast<const char*>(ahead);
  for (size_t row = 0; row < u.n_row;) {
    const size_t count = tile_rows(u.n_row - row);
    const Range r = seen(u, row, count, at + from, n);
    if (r.begin < r.end) {
      const size_t begin = r.begin / kKeyBlock * kKeyBlock;
      tile.codes = k + begin * tile.width;
      tile.n_token = r.end - begin;
      tile.in = u.q + row * tile.width;
      tile.out = u.scores + row * u.step + from + begin;
      kTileKernels<T, true>[count](tile);
      tile.ahead = nullptr;
    }
    row += count;
  }
}

// Adds those tokens, weighted, to the sums of all rows. Their values lie at
// `v`.
template <class T>
void weigh_block(const AttentionUnit& u, size_t at, size_t from, size_t n,
                 const T* v, const void* ahead) {
  Tile<T> tile;
  tile.width = u.layout->value_stride;
  tile.in_stride = u.step;
  tile.out_stride = tile.width;
  tile.ahead = static_cast<const char*>(ahead);
  for (size_t row = 0; row < u.n_row;) {
    const size_t count = tile_rows(u.n_row - row);
    const Range r = seen(u, row, count, at + from, n);
    if (r.begin < r.end) {
      tile.codes = v + r.begin * tile.width;
      tile.n_token = r.end - r.begin;
      tile.in = u.scores + row * u.step + from + r.begin;
      tile.out = u.acc + row * tile.width;
      kTileKernels<T, false>[count](tile);
      tile.ahead = nullptr;
    }
    row += count;
  }
}

HUG_LANE void soften(const AttentionUnit& u, size_t at) {
  for (size_t row = 0; row < u.n_row; ++row)
    soften_row(u, row, at);
}

// Few rows: the multipliers wait for memory, which is read once, in order.
template <class T>
void attend_few(const AttentionUnit& u) {
  for (size_t at = u.key_begin / u.step * u.step; at < u.key_end;
       at += u.step) {
    const Step<T> step = step_at<T>(u, at);
    score_block(u, at, 0, u.step, step.keys, step.values);
    soften(u, at);
    weigh_block(u, at, 0, u.step, step.values, step.next_keys);
  }
}

// Numbers [i, i + n) as floats.
template <class T>
HUG_LANE const float* unpack(const T* from, size_t n, float* to) {
  if constexpr (sizeof(T) == sizeof(float)) {
    return from;
  } else {
    for (size_t i = 0; i < n; i += kLanes)
      store(to + i, load(from + i));
    return to;
  }
}

// Keys of a block of the step, from token t of it on, as floats.
template <class T>
HUG_LANE const float* unpack_keys(const AttentionUnit& u, const Step<T>& step,
                                  size_t t) {
  const size_t dim = u.layout->shape.key_dim;
  return unpack(step.keys + t * dim, kKeyBlock * dim, u.unpacked);
}

HUG_LANE const float* unpack_keys(const AttentionUnit& u,
                                  const Step<int8_t>& step, size_t t) {
  const size_t dim = u.layout->shape.key_dim;
  const size_t stride = u.layout->key_stride;
  for (size_t i = 0; i < kKeyBlock; i += kLanes) {
    const size_t group = i / kGroupTokens * kGroupTokens;
    const int8_t* from =
        step.keys + (t + group) * stride + i % kGroupTokens * 2;
    float* to = u.unpacked + group * dim + i % kGroupTokens;
    const F scale = load(step.key_scales + t + i);
    for (size_t d = 0; d < dim; d += 2) {
      const I pairs = widen(from + d * kGroupTokens);
      store(to + d * kGroupTokens, first_of_pairs(pairs) * scale);
      if (d + 1 < dim)
        store(to + (d + 1) * kGroupTokens, second_of_pairs(pairs) * scale);
    }
  }
  return u.unpacked;
}

// Values of a block of the step, from token t of it on, as floats.
template <class T>
HUG_LANE const float* unpack_values(const AttentionUnit& u, const Step<T>& step,
                                    size_t t) {
  const size_t stride = u.layout->value_stride;
  return unpack(step.values + t * stride, kValueBlock * stride, u.unpacked);
}

HUG_LANE const float* unpack_values(const AttentionUnit& u,
                                    const Step<int8_t>& step, size_t t) {
  const size_t stride = u.layout->value_stride;
  alignas(64) float scales[kValueBlock];
  unpack(step.value_scales + t, kValueBlock, scales);
  for (size_t i = 0; i < kValueBlock; i += 2) {
    const int8_t* from = step.values + (t + i) * stride;
    float* to = u.unpacked + i * stride;
    for (size_t d = 0; d < stride; d += kLanes) {
      const I pairs = widen(from + 2 * d);
      store(to + d, first_of_pairs(pairs) * set(scales[i]));
      store(to + stride + d, second_of_pairs(pairs) * set(scales[i + 1]));
    }
  }
  return u.unpacked;
}

// Many rows: each block of tokens is unpacked once and meets all of them.
template <class T>
void attend_many(const AttentionUnit& u) {
  for (size_t at = u.key_begin / u.step * u.step; at < u.key_end;
       at += u.step) {
    const Step<T> step = step_at<T>(u, at);
    const size_t n = least(u.step, u.key_end - at);
    for (size_t t = 0; t < n; t += kKeyBlock)
      score_block(u, at, t, kKeyBlock, unpack_keys(u, step, t), nullptr);
    soften(u, at);
    for (size_t t = 0; t < n; t += kValueBlock)
      weigh_block(u, at, t, kValueBlock, unpack_values(u, step, t), nullptr);
  }
}

template <class T>
void attend_as(const AttentionUnit& u) {
  return u.n_row <= kDirectRows ? attend_few<T>(u) : attend_many<T>(u);
}

#include "nn/float/attend_bytes.inl"

void attend(const AttentionUnit& u) {
  for (size_t r = 0; r < u.n_row; ++r) {
    u.max[r] = -__builtin_inff();
    u.sum[r] = 0;
  }
  for (size_t i = 0; i < u.n_row * u.layout->value_stride; i += kLanes)
    store(u.acc + i, set(0));
  switch (u.layout->type) {
    case CacheType::kF32:
      return attend_as<float>(u);
    case CacheType::kF16:
      return attend_as<uint16_t>(u);
    case CacheType::kQ8:
      return u.n_row <= kDirectRows ? attend_few_bytes(u)
                                    : attend_many<int8_t>(u);
  }
}
