// Scores of a stretch of tokens to weights, with the row's sums so far brought
// to its new maximum.

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

// What is added to scores, and the cap, for tokens `r` of a stretch at `at`.
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

// The row's sums so far, for a maximum that grows.
HUG_LANE void raise_max(const AttentionUnit& u, size_t row, float now) {
  float kept = 0;
  if (u.sum[row] > 0) {
    alignas(64) float one[kLanes];
    store(one, exp2(set(u.max[row] - now)));
    kept = one[0];
  }
  float* acc = u.acc + row * u.layout->value_stride;
  for (size_t i = 0; i < u.layout->value_stride; i += kLanes)
    store(acc + i, load(acc + i) * set(kept));
  u.sum[row] *= kept;
  u.max[row] = now;
}

// Scores of u.step tokens from `at` on to weights, in place; those of tokens
// that the row does not see become zeros. Gives the largest weight.
HUG_LANE float soften_row(const AttentionUnit& u, size_t row, size_t at) {
  float* s = u.scores + row * u.step;
  const Range r = seen(u, row, 1, at, u.step);
  if (r.begin >= r.end) {
    for (size_t t = 0; t < u.step; t += kLanes)
      store(s + t, set(0));
    return 0;
  }
  const size_t begin = r.begin / kLanes * kLanes;
  const size_t end = (r.end + kLanes - 1) / kLanes * kLanes;
  adjust(u, row, s, at, r);
  for (size_t t = begin; t < r.begin; ++t)
    s[t] = -__builtin_inff();
  for (size_t t = r.end; t < end; ++t)
    s[t] = -__builtin_inff();
  F high = load(s + begin);
  for (size_t t = begin + kLanes; t < end; t += kLanes)
    high = max(high, load(s + t));
  constexpr float kLog2E = 1.44269504f;
  const float top = largest(high) * kLog2E;
  if (top > u.max[row]) raise_max(u, row, top);
  const F scale = set(kLog2E);
  const F shift = set(0 - u.max[row]);
  F sum = set(0);
  F most_weight = set(0);
  for (size_t t = 0; t < begin; t += kLanes)
    store(s + t, set(0));
  for (size_t t = begin; t < end; t += kLanes) {
    const F e = exp2(fma(load(s + t), scale, shift));
    sum = sum + e;
    most_weight = max(most_weight, e);
    store(s + t, e);
  }
  for (size_t t = end; t < u.step; t += kLanes)
    store(s + t, set(0));
  u.sum[row] += add_up(sum);
  return largest(most_weight);
}
