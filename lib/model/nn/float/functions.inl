// Functions of lanes.

// Lanes from element i on, of n.
HUG_LANE F load_at(const float* p, size_t i, size_t n) {
  return n - i < kLanes ? load_part(p + i, n - i) : load(p + i);
}

HUG_LANE void store_at(float* p, F f, size_t i, size_t n) {
  if (n - i < kLanes) {
    store_part(p + i, f, n - i);
  } else {
    store(p + i, f);
  }
}

// e^x, relative error about 2e-7; arguments are kept within +-87.
HUG_LANE F exp(F x) {
  x = min(max(x, set(-87.0f)), set(87.0f));
  const F n = round(x * set(1.44269504f));
  // The rest of x / ln 2, with the digits that the first factor lacks.
  const F f = fma(x, set(1.92596303e-8f), fma(x, set(1.44269502f), set(0) - n));
  F p = set(1.5403530e-4f);
  p = fma(p, f, set(1.3333558e-3f));
  p = fma(p, f, set(9.6181291e-3f));
  p = fma(p, f, set(5.5504109e-2f));
  p = fma(p, f, set(2.4022651e-1f));
  p = fma(p, f, set(6.9314718e-1f));
  p = fma(p, f, set(1.0f));
  return scale_by_power(p, n);
}

// 2^x for x of at most 126, relative error about 1.5e-7; below -126 it stays
// where it is there.
HUG_LANE F exp2(F x) {
  x = max(x, set(-126.0f));
  const F n = round(x);
  const F f = x - n;
  F p = set(1.3276472e-3f);
  p = fma(p, f, set(9.6755410e-3f));
  p = fma(p, f, set(5.5507131e-2f));
  p = fma(p, f, set(2.4022120e-1f));
  p = fma(p, f, set(6.9314694e-1f));
  p = fma(p, f, set(1.0000001f));
  return scale_by_power(p, n);
}

HUG_LANE F sigmoid(F x) {
  return set(1.0f) / (set(1.0f) + exp(set(0) - x));
}

HUG_LANE F tanh(F x) {
  return set(1.0f) - set(2.0f) / (exp(x + x) + set(1.0f));
}

// Absolute error below 2e-7 (Abramowitz and Stegun 7.1.26).
HUG_LANE F erf(F x) {
  const F a = abs(x);
  const F t = set(1.0f) / fma(a, set(0.3275911f), set(1.0f));
  F p = set(1.061405429f);
  p = fma(p, t, set(-1.453152027f));
  p = fma(p, t, set(1.421413741f));
  p = fma(p, t, set(-0.284496736f));
  p = fma(p, t, set(0.254829592f));
  return with_sign(set(1.0f) - p * t * exp(set(0) - a * a), x);
}

HUG_LANE F act_silu(F x) {
  return x * sigmoid(x);
}

HUG_LANE F act_gelu_tanh(F x) {
  const F a = set(0.79788456080286535588f);  // sqrt(2 / pi)
  return set(0.5f) * x *
         (set(1.0f) + tanh(a * x * fma(set(0.044715f) * x, x, set(1.0f))));
}

HUG_LANE F act_gelu_erf(F x) {
  return set(0.5f) * x * (set(1.0f) + erf(x * set(0.70710678118654752440f)));
}

HUG_LANE F act_relu(F x) {
  return max(x, set(0));
}
