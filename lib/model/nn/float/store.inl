// One token of one head into its page.

template <class T>
HUG_LANE void put_halves_or_floats(const float* x, size_t n, T* out,
                                   size_t step) {
  alignas(64) T lane[kLanes];
  for (size_t i = 0; i < n; i += kLanes) {
    const size_t here = n - i < kLanes ? n - i : kLanes;
    const F v = load_at(x, i, n);
    if constexpr (sizeof(T) == 4) {
      store(lane, v);
    } else {
      store_halves(lane, v);
    }
    for (size_t j = 0; j < here; ++j)
      out[(i + j) * step] = lane[j];
  }
}

// Where a byte lies: elements `step` apart, or pairs of them.
struct ByteSteps {
  size_t step;
  bool pairs;
};

// Zeros follow, up to `width`.
HUG_LANE void put_bytes(const float* x, size_t n, size_t width, int8_t* out,
                        ByteSteps steps, uint16_t* scale) {
  F high = set(0);
  for (size_t i = 0; i < n; i += kLanes)
    high = max(high, abs(load_at(x, i, n)));
  alignas(64) uint16_t half[kLanes];
  store_halves(half, set(largest(high) / 127.0f));
  *scale = half[0];
  alignas(64) float back[kLanes];
  store(back, load(half));
  const F inverse = set(back[0] > 0 ? 1.0f / back[0] : 0.0f);
  alignas(64) int8_t lane[kLanes];
  for (size_t i = 0; i < width; i += kLanes) {
    const size_t here = width - i < kLanes ? width - i : kLanes;
    const F v = i < n ? load_at(x, i, n) * inverse : set(0);
    store_bytes(lane, min(max(v, set(-127.0f)), set(127.0f)));
    for (size_t j = 0; j < here; ++j) {
      const size_t at = i + j;
      out[steps.pairs ? at / 2 * steps.step + at % 2 : at * steps.step] =
          lane[j];
    }
  }
}

template <class T>
HUG_LANE void store_as(const StoreJob& job) {
  const KvLayout& l = *job.layout;
  std::byte* head = job.page + job.head * l.head_size;
  T* keys = reinterpret_cast<T*>(head) +
            job.slot / kGroupTokens * kGroupTokens * l.shape.key_dim +
            job.slot % kGroupTokens;
  T* values =
      reinterpret_cast<T*>(head + l.values_at) + job.slot * l.value_stride;
  put_halves_or_floats(job.key, l.shape.key_dim, keys, kGroupTokens);
  put_halves_or_floats(job.value, l.shape.value_dim, values, 1);
  for (size_t i = l.shape.value_dim; i < l.value_stride; ++i)
    values[i] = T{};
}

HUG_LANE void store_as_bytes(const StoreJob& job) {
  const KvLayout& l = *job.layout;
  std::byte* head = job.page + job.head * l.head_size;
  std::byte* values = head + l.values_at;
  const size_t group = job.slot / kGroupTokens * kGroupTokens;
  put_bytes(job.key, l.shape.key_dim, l.key_stride,
            reinterpret_cast<int8_t*>(head) + group * l.key_stride +
                job.slot % kGroupTokens * 2,
            {2 * kGroupTokens, true},
            reinterpret_cast<uint16_t*>(head + l.key_codes) + job.slot);
  put_bytes(job.value, l.shape.value_dim, l.value_stride,
            reinterpret_cast<int8_t*>(values) +
                job.slot / 2 * 2 * l.value_stride + job.slot % 2,
            {2, false},
            reinterpret_cast<uint16_t*>(values + l.value_codes) + job.slot);
}

void store_token(const StoreJob& job) {
  switch (job.layout->type) {
    case CacheType::kF32:
      return store_as<float>(job);
    case CacheType::kF16:
      return store_as<uint16_t>(job);
    case CacheType::kQ8:
      return store_as_bytes(job);
  }
}
