// The searches for scale and offset that encoders of k-quants are made of,
// each lane on a group of its own. Sums run over a group in index order, one
// operation at a time, exactly as over one group alone: the results are those
// of the plain loops.
//
// Groups lie transposed: element i of lane k is x[i * kLanes + k].

constexpr float kTiny = 1e-15F;

/// Beyond it the short form of rounding does not hold.
constexpr float kRoundable = 4e6F;

struct Affine {
  F scale;
  F low;      // what to subtract: x is about scale * level - low
  F inverse;  // level = inverse * (x - origin), rounded and clamped
  F origin;
};

struct AffinePlan {
  int levels;  // the highest level
  float start, step;
  int steps;
  bool absolute;   // error is |difference|, not its square
  bool weak_test;  // a group is flat if max <= min (not only if equal)
};

template <bool kExact>
HUG_LANE F affine_level(F inverse, F x, F origin, int levels) {
  const F v = inverse * (x - origin);
  if constexpr (kExact) return to_float(nearest_clamped(v, 0, levels));
  return least(greatest(round_even(v), set(0.0F)),
               set(static_cast<float>(levels)));
}

template <int n, bool kExact>
HUG_LANE F first_error(AffinePlan plan, const float* x, const float* w,
                       F inverse, F scale, F low) {
  F error = set(0.0F);
  for (int i = 0; i < n; i++) {
    const F xi = load(x + i * kLanes);
    const F level = affine_level<kExact>(inverse, xi, low, plan.levels);
    const F diff = scale * level + low - xi;
    const F loss = plan.absolute ? absolute(diff) : diff * diff;
    error = error + load(w + i * kLanes) * loss;
  }
  return error;
}

struct AffineSums {
  F l, l2, xl;
};

template <int n, bool kExact>
HUG_LANE AffineSums affine_sums(AffinePlan plan, const float* x, const float* w,
                                F inverse, F origin, float* levels) {
  AffineSums s = {set(0.0F), set(0.0F), set(0.0F)};
#pragma GCC unroll 4
  for (int i = 0; i < n; i++) {
    const F xi = load(x + i * kLanes);
    const F level = affine_level<kExact>(inverse, xi, origin, plan.levels);
    store(levels + i * kLanes, level);
    const F wl = load(w + i * kLanes) * level;
    s.l = s.l + wl;
    s.l2 = s.l2 + wl * level;
    s.xl = s.xl + wl * xi;
  }
  return s;
}

template <int n>
HUG_LANE F affine_error(AffinePlan plan, const float* x, const float* w,
                        const float* levels, F scale, F low) {
  F error = set(0.0F);
#pragma GCC unroll 4
  for (int i = 0; i < n; i++) {
    const F diff =
        scale * load(levels + i * kLanes) + low - load(x + i * kLanes);
    const F loss = plan.absolute ? absolute(diff) : diff * diff;
    error = error + load(w + i * kLanes) * loss;
  }
  return error;
}

template <int n>
HUG_LANE Affine search_affine(AffinePlan plan, const float* x, const float* w) {
  alignas(64) float levels[n * kLanes];
  const F zero = set(0.0F);
  F low = load(x);
  F high = low;
  F sum_w = load(w);
  F sum_x = sum_w * low;
  for (int i = 1; i < n; i++) {
    const F xi = load(x + i * kLanes);
    const F wi = load(w + i * kLanes);
    low = select(xi < low, xi, low);
    high = select(xi > high, xi, high);
    sum_w = sum_w + wi;
    sum_x = sum_x + wi * xi;
  }
  const F lowest = low;
  low = select(low > zero, zero, low);
  const M flat = plan.weak_test ? low >= high : low == high;
  // Levels outside what rounds in the short way occur only when a later
  // origin comes close to the highest value.
  const auto roundable = [&](F inverse, F origin) {
    const F a = absolute(inverse * (high - origin));
    const F b = absolute(inverse * (lowest - origin));
    return !any(~((a < set(kRoundable)) & (b < set(kRoundable))) & ~flat);
  };
  F inverse = set(static_cast<float>(plan.levels)) / (high - low);
  Affine best = {set(1.0F) / inverse, low, inverse, low};
  F error = roundable(inverse, low)
                ? first_error<n, false>(plan, x, w, inverse, best.scale, low)
                : first_error<n, true>(plan, x, w, inverse, best.scale, low);
  for (int s = 0; s <= plan.steps; s++) {
    const float top = plan.start + plan.step * static_cast<float>(s) +
                      static_cast<float>(plan.levels);
    inverse = set(top) / (high - low);
    const AffineSums sums =
        roundable(inverse, low)
            ? affine_sums<n, false>(plan, x, w, inverse, low, levels)
            : affine_sums<n, true>(plan, x, w, inverse, low, levels);
    const F det = sum_w * sums.l2 - sums.l * sums.l;
    F scale = (sum_w * sums.xl - sum_x * sums.l) / det;
    F offset = (sums.l2 * sum_x - sums.l * sums.xl) / det;
    const M above = offset > zero;
    offset = select(above, zero, offset);
    scale = select(above, sums.xl / sums.l2, scale);
    const F e = affine_error<n>(plan, x, w, levels, scale, offset);
    const M better = (det > zero) & (e < error);
    best.origin = select(better, low, best.origin);
    best.inverse = select(better, inverse, best.inverse);
    best.scale = select(better, scale, best.scale);
    error = select(better, e, error);
    low = select(better, offset, low);
  }
  best.scale = select(flat, zero, best.scale);
  best.inverse = select(flat, zero, best.inverse);
  best.origin = select(flat, zero, best.origin);
  best.low = set(-0.0F) - low;
  return best;
}

struct Symmetric {
  F scale;
  F inverse;  // level = inverse * x, rounded and clamped to [-N, N - 1]
  M zero;     // nothing there: scale 0, and all levels are the lowest
};

struct Peak {
  F magnitude;
  F value;  // with its sign; of the first element of that magnitude
};

template <int n>
HUG_LANE Peak find_peak(const float* x) {
  Peak peak = {set(0.0F), set(0.0F)};
  for (int i = 0; i < n; i++) {
    const F xi = load(x + i * kLanes);
    const M larger = absolute(xi) > peak.magnitude;
    peak.magnitude = select(larger, absolute(xi), peak.magnitude);
    peak.value = select(larger, xi, peak.value);
  }
  return peak;
}

struct Products {
  F xl, l2;
};

/// Sums of w*x*level and w*level*level; wx holds w*x.
template <int n, int kHalf>
HUG_LANE Products symmetric_sums(const float* x, const float* w,
                                 const float* wx, F inverse) {
  Products sums = {set(0.0F), set(0.0F)};
#pragma GCC unroll 4
  for (int i = 0; i < n; i++) {
    const F v = round_even(inverse * load(x + i * kLanes));
    const F level = least(greatest(v, set(static_cast<float>(-kHalf))),
                          set(static_cast<float>(kHalf - 1)));
    sums.xl = sums.xl + load(wx + i * kLanes) * level;
    sums.l2 = sums.l2 + load(w + i * kLanes) * level * level;
  }
  return sums;
}

template <int n, int kHalf>
HUG_LANE Symmetric search_symmetric(const float* x, const float* w) {
  alignas(64) float wx[n * kLanes];
  for (int i = 0; i < n * kLanes; i += kLanes)
    store(wx + i, load(w + i) * load(x + i));
  const F zero = set(0.0F);
  const Peak peak = find_peak<n>(x);
  Symmetric best = {zero, set(static_cast<float>(-kHalf)) / peak.value,
                    peak.magnitude < set(kTiny)};
  Products sums = symmetric_sums<n, kHalf>(x, w, wx, best.inverse);
  best.scale = select(sums.l2 != zero, sums.xl / sums.l2, zero);
  F quality = best.scale * sums.xl;
  for (int s = -9; s <= 9; s++) {
    if (s == 0) continue;
    const float top =
        -(static_cast<float>(kHalf) + 0.1F * static_cast<float>(s));
    const F inverse = set(top) / peak.value;
    sums = symmetric_sums<n, kHalf>(x, w, wx, inverse);
    const M better = (sums.l2 > zero) & (sums.xl * sums.xl > quality * sums.l2);
    const F scale = sums.xl / sums.l2;
    best.scale = select(better, scale, best.scale);
    best.inverse = select(better, inverse, best.inverse);
    quality = select(better, scale * sums.xl, quality);
  }
  best.scale = select(best.zero, zero, best.scale);
  return best;
}

/// Levels 0 .. 2N-1 that the search ended with.
template <int kHalf>
HUG_LANE I symmetric_level(const Symmetric& found, F x) {
  const I level = nearest_clamped(found.inverse * x, -kHalf, kHalf - 1);
  return select(found.zero, set_int(0), level + set_int(kHalf));
}

/// Scale and levels 0..7 by moving one level at a time while that helps
/// (q3_K without importance, weights x*x).
HUG_LANE F search_by_moves(const float* x, float* levels) {
  constexpr int n = 16;
  alignas(64) float w[n * kLanes];
  alignas(64) float wx[n * kLanes];
  const F zero = set(0.0F);
  const Peak peak = find_peak<n>(x);
  const F inverse = set(-4.0F) / peak.value;
  F xl = zero;
  F l2 = zero;
  for (int i = 0; i < n * kLanes; i += kLanes) {
    const F xi = load(x + i);
    const F level = to_float(nearest_clamped(inverse * xi, -4, 3));
    const F wi = xi * xi;
    store(w + i, wi);
    store(wx + i, wi * xi);
    store(levels + i, level);
    xl = xl + wi * xi * level;
    l2 = l2 + wi * level * level;
  }
  for (int sweep = 0; sweep < 5; sweep++) {
    M moved = zero != zero;
    for (int i = 0; i < n * kLanes; i += kLanes) {
      const F old = load(levels + i);
      const F wi = load(w + i);
      const F wxi = load(wx + i);
      F sxl = xl - wxi * old;
      F sl2 = l2 - wi * old * old;
      M good = sxl > zero;
      const F level = to_float(nearest_clamped(load(x + i) * sl2 / sxl, -4, 3));
      sxl = sxl + wxi * level;
      sl2 = sl2 + wi * level * level;
      good = good & (level != old) & (sl2 > zero) &
             (sxl * sxl * l2 > xl * xl * sl2);
      store(levels + i, select(good, level, old));
      xl = select(good, sxl, xl);
      l2 = select(good, sl2, l2);
      moved = moved | good;
    }
    if (!any(moved)) break;
  }
  const M empty = peak.magnitude < set(kTiny);
  for (int i = 0; i < n * kLanes; i += kLanes)
    store(levels + i, select(empty, zero, load(levels + i) + set(4.0F)));
  const F scale = select(l2 > zero, xl / l2, zero);
  return select(empty, zero, scale);
}
