// Single values inside kernels, and the odd rounding that the encoders share.

HUG_LANE float get_half(Half h) {
  return f16_to_f32(static_cast<uint16_t>(h.byte[0] | (h.byte[1] << 8)));
}

HUG_LANE uint16_t get_u16(Half h) {
  return static_cast<uint16_t>(h.byte[0] | (h.byte[1] << 8));
}

HUG_LANE Half make_u16(uint16_t v) {
  return {{static_cast<uint8_t>(v), static_cast<uint8_t>(v >> 8)}};
}

HUG_LANE Half make_half(float x) {
  return make_u16(f32_to_f16(x));
}

HUG_LANE uint32_t get_u32(const uint8_t* p) {
  uint32_t v = 0;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

/// Added to a float of magnitude below 2^22, leaves it rounded to the nearest
/// even integer in the low bits.
constexpr float kRounder = 12582912.0F;

/// The nearest integer as the reference takes it: larger magnitudes and NaN
/// give a number all the same, always the same one.
HUG_LANE int32_t nearest(float x) {
  const float shifted = x + kRounder;
  int32_t bits = 0;
  __builtin_memcpy(&bits, &shifted, sizeof bits);
  return (bits & 0x7fffff) - 0x400000;
}

HUG_LANE int32_t clamp(int32_t x, int32_t low, int32_t high) {
  return x < low ? low : x > high ? high : x;
}

HUG_LANE I nearest(F x) {
  return (bits_of(x + set(kRounder)) & set_int(0x7fffff)) - set_int(0x400000);
}

HUG_LANE I nearest_clamped(F x, int32_t low, int32_t high) {
  return least(greatest(nearest(x), set_int(low)), set_int(high));
}

/// Sum in index order.
HUG_LANE float sum_of_squares(const float* x, size_t n) {
  float sum = 0.0F;
  for (size_t i = 0; i < n; i++)
    sum += x[i] * x[i];
  return sum;
}

/// C's roundf for small values. What is no number, or none of 32 bits, gives
/// the smallest integer, as the processor's own conversion does.
HUG_LANE int32_t round_away(float x) {
  const float v = x > -2147483648.0F && x < 2147483648.0F ? x : -2147483648.0F;
  const auto whole = static_cast<int32_t>(v);
  const float rest = v - static_cast<float>(whole);
  return whole + (rest >= 0.5F ? 1 : 0) - (rest <= -0.5F ? 1 : 0);
}

/// The same in lanes.
HUG_LANE I round_away(F x) {
  const I whole = to_int(x);
  const F rest = x - to_float(whole);
  const M up = (rest >= set(0.5F)) & (rest < set(1.0F));
  const M down = (set(-0.5F) >= rest) & (rest > set(-1.0F));
  return whole + select(up, set_int(1), set_int(0)) -
         select(down, set_int(1), set_int(0));
}
