// Encoders of iq4_nl and iq4_xs: sixteen levels that lie closer together around
// zero. The nearest level is found by comparing with fifteen thresholds.

/// Whether the reference takes level k + 1 (and not k) for v between the two.
constexpr bool takes_upper(float v, int k) {
  return !(v - kIq4Values[k] < kIq4Values[k + 1] - v);
}

/// The smallest float that goes to level k + 1: the middle of the two levels
/// but for the rounding of the two differences.
constexpr float upper_threshold(int k) {
  const float middle = (kIq4Values[k] + kIq4Values[k + 1]) / 2.0F;
  float t = middle;
  for (int i = 0; i < 64; i++) {
    const auto bits = __builtin_bit_cast(uint32_t, t);
    const float below = __builtin_bit_cast(float, t > 0 ? bits - 1 : bits + 1);
    if (!takes_upper(below, k)) break;
    t = below;
  }
  return t;
}

struct Thresholds {
  float at[16];
};

constexpr Thresholds make_thresholds() {
  Thresholds t = {};
  for (int k = 0; k < 15; k++)
    t.at[k] = upper_threshold(k);
  t.at[15] = 1e30F;
  return t;
}

constexpr Thresholds kThresholds = make_thresholds();

HUG_LANE I nearest_iq4(F v) {
  I level = select(v >= set(kThresholds.at[7]), set_int(8), set_int(0));
  for (int step = 4; step > 0; step /= 2) {
    const F t = look_up(kThresholds.at, level + set_int(step - 1));
    level = level + select(v >= t, set_int(step), set_int(0));
  }
  return level;
}

HUG_LANE Products iq4_sums(const float* x, const float* w, F inverse) {
  Products sums = {set(0.0F), set(0.0F)};
#pragma GCC unroll 4
  for (int i = 0; i < 32 * kLanes; i += kLanes) {
    const F xi = load(x + i);
    const F q = look_up(kIq4Values, nearest_iq4(inverse * xi));
    const F wq = load(w + i) * q;
    sums.xl = sums.xl + wq * xi;
    sums.l2 = sums.l2 + wq * q;
  }
  return sums;
}

/// The scale of each lane's 32 values; 0 where there is nothing.
HUG_LANE F search_iq4(const float* x, const float* w) {
  const F zero = set(0.0F);
  const Peak peak = find_peak<32>(x);
  const F first = set(-0.0F) - peak.value / set(kIq4Values[0]);
  Products sums = iq4_sums(x, w, set(1.0F) / first);
  F scale = select(sums.l2 > zero, sums.xl / sums.l2, zero);
  F quality = scale * sums.xl;
  for (int s = -7; s <= 7; s++) {
    const F inverse = set(static_cast<float>(s) + kIq4Values[0]) / peak.value;
    sums = iq4_sums(x, w, inverse);
    const M better = (sums.l2 > zero) & (sums.xl * sums.xl > quality * sums.l2);
    const F other = sums.xl / sums.l2;
    scale = select(better, other, scale);
    quality = select(better, other * sums.xl, quality);
  }
  return select(peak.magnitude < set(kTiny), zero, scale);
}

HUG_LANE void settle_iq4_levels(const float* x, F inverse, uint8_t* level) {
  for (int i = 0; i < 32 * kLanes; i += kLanes)
    store_bytes(level + i, nearest_iq4(inverse * load(x + i)));
}

/// Weights of a strip of blocks that are super-blocks of their own.
HUG_LANE void weigh_iq4_strip(const EncodeArgs& args, Strip& s) {
  F sum = set(0.0F);
  for (int i = 0; i < 32 * kLanes; i += kLanes) {
    const F x = load(s.x + i);
    sum = sum + x * x;
    store(s.w + i, x * x);
  }
  if (args.importance == nullptr) return;
  alignas(64) float qw[32 * kLanes];
  for (int k = 0; k < s.blocks; k++)
    __builtin_memcpy(qw + 32 * k,
                     args.importance + (s.first + static_cast<size_t>(k)) * 32 %
                                           args.n_per_row,
                     32 * sizeof(float));
  transpose_strip(qw, s.blocks, s.w);
  const F sigma2 = sum * set(2.0F / 32.0F);
  for (int i = 0; i < 32 * kLanes; i += kLanes) {
    const F x = load(s.x + i);
    store(s.w + i, load(s.w + i) * square_root(sigma2 + x * x));
  }
}

void encode_iq4_nl(const EncodeArgs& args) {
  auto* const out = static_cast<BlockQ4_0*>(args.out);
  for_each_strip(args, [&](Strip& s) HUG_LANE_LAMBDA {
    alignas(64) float d[kLanes];
    weigh_iq4_strip(args, s);
    const F scale = search_iq4(s.x, s.w);
    store(d, scale);
    settle_iq4_levels(s.x, inverse_or_zero(scale), s.level);
    put_symmetric(s, d, out);
  });
}

/// Chooses the block's six-bit scales; leaves the factor that gives levels.
HUG_LANE void settle_iq4_xs(float* scale, BlockIq4Xs& out) {
  const float d = -first_peak(scale, 8) / 32.0F;
  const float inverse = d != 0.0F ? 1.0F / d : 0.0F;
  out.d = make_half(d);
  uint32_t high = 0;
  for (uint8_t& s : out.scales_l)
    s = 0;
  for (int g = 0; g < 8; g++) {
    const int32_t l = clamp(nearest(inverse * scale[g]), -32, 31);
    const float dl = d * static_cast<float>(l);
    scale[g] = dl != 0.0F ? 1.0F / dl : 0.0F;
    const auto stored = static_cast<uint32_t>(l + 32);
    uint8_t& low = out.scales_l[g / 2];
    low = static_cast<uint8_t>(low | ((stored & 15U) << (4 * (g % 2))));
    high |= (stored >> 4) << (2 * g);
  }
  out.scales_h = make_u16(static_cast<uint16_t>(high));
}

void encode_iq4_xs(const EncodeArgs& args) {
  auto* const out = static_cast<BlockIq4Xs*>(args.out);
  for_each_tile<32>(args, [&](Tile<32>& t, size_t sb) HUG_LANE_LAMBDA {
    if (args.importance != nullptr)
      weigh<32>(args, sb, 2.0F, t);
    else
      weigh_by_square<32>(t);
    for (int c = 0; c < Tile<32>::kChunks; c++)
      store(t.scale + c * kLanes, search_iq4(t.x[c], t.w[c]));
    for (int b = 0; b < t.blocks; b++)
      settle_iq4_xs(t.scale + 8 * b, out[sb + static_cast<size_t>(b)]);
    for (int c = 0; c < Tile<32>::kChunks; c++)
      settle_iq4_levels(t.x[c], load(t.scale + c * kLanes), t.level[c]);
    for (int b = 0; b < t.blocks; b++) {
      uint8_t level[kSuper];
      gather_levels<32>(t, b, level);
      for (int g = 0; g < 8; g++)
        pack_halves(level + 32 * g,
                    out[sb + static_cast<size_t>(b)].qs + 16 * g);
    }
  });
}
