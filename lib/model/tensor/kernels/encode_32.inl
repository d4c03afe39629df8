// Encoders of types made of single blocks of 32 (q4_0 .. q8_0, iq4_nl, mxfp4):
// kLanes blocks at a time, one a lane.

struct Strip {
  alignas(64) float x[32 * kLanes];
  alignas(64) float w[32 * kLanes];
  alignas(64) uint8_t level[32 * kLanes];
  size_t first = 0;  // block
  int blocks = 0;    // lanes in use
};

HUG_LANE void transpose_strip(const float* from, int blocks, float* to) {
  for (int k = 0; k < kLanes; k++) {
    const float* const x = from + (k < blocks ? k : blocks - 1) * 32;
    for (int i = 0; i < 32; i++)
      to[i * kLanes + k] = x[i];
  }
}

template <class Encode>
HUG_LANE void for_each_strip(const EncodeArgs& args, Encode encode) {
  Strip s;
  const size_t count = args.n_row * args.n_per_row / 32;
  for (s.first = 0; s.first < count; s.first += kLanes) {
    const size_t left = count - s.first;
    s.blocks = left < kLanes ? static_cast<int>(left) : kLanes;
    transpose_strip(args.x + s.first * 32, s.blocks, s.x);
    encode(s);
  }
}

/// sum x*x over the row (or the block itself), once for each lane.
HUG_LANE void weigh_strip(const EncodeArgs& args, float* row_squares,
                          Strip& s) {
  alignas(64) float qw[32 * kLanes];
  alignas(64) float sigma2[kLanes];
  for (int k = 0; k < kLanes; k++) {
    const int used = k < s.blocks ? k : s.blocks - 1;
    const size_t at = (s.first + static_cast<size_t>(used)) * 32;
    const size_t column = at % args.n_per_row;
    if (column == 0) *row_squares = sum_of_squares(args.x + at, args.n_per_row);
    sigma2[k] = *row_squares / static_cast<float>(args.n_per_row);
    __builtin_memcpy(qw + 32 * k, args.importance + column, 32 * sizeof(float));
  }
  transpose_strip(qw, kLanes, s.w);
  const F sigma = load(sigma2);
  for (int i = 0; i < 32 * kLanes; i += kLanes) {
    const F x = load(s.x + i);
    store(s.w + i, load(s.w + i) * square_root(sigma + x * x));
  }
}

/// Levels of lane k in the order of the elements.
HUG_LANE void lane_levels(const Strip& s, int k, uint8_t* out) {
  for (int i = 0; i < 32; i++)
    out[i] = s.level[i * kLanes + k];
}

HUG_LANE void pack_halves(const uint8_t* level, uint8_t* qs) {
  for (int i = 0; i < 16; i++)
    qs[i] = static_cast<uint8_t>((level[i] & 15) | ((level[i + 16] & 15) << 4));
}

HUG_LANE void pack_fifth_bits(const uint8_t* level, uint8_t* qh) {
  for (int j = 0; j < 4; j++) {
    int bits = 0;
    for (int i = 0; i < 8; i++)
      bits |= ((level[8 * j + i] >> 4) & 1) << i;
    qh[j] = static_cast<uint8_t>(bits);
  }
}

/// 1 / x, or 0 for 0.
HUG_LANE F inverse_or_zero(F x) {
  const F zero = set(0.0F);
  return select(x != zero, set(1.0F) / x, zero);
}

template <class Block>
HUG_LANE void put_symmetric(const Strip& s, const float* d, Block* out) {
  for (int k = 0; k < s.blocks; k++) {
    Block& block = out[s.first + static_cast<size_t>(k)];
    uint8_t level[32];
    lane_levels(s, k, level);
    block.d = make_half(d[k]);
    pack_halves(level, block.qs);
    if constexpr (sizeof(Block) == sizeof(BlockQ5_0))
      pack_fifth_bits(level, block.qh);
  }
}

template <class Block>
HUG_LANE void put_affine(const Strip& s, const float* d, const float* m,
                         Block* out) {
  for (int k = 0; k < s.blocks; k++) {
    Block& block = out[s.first + static_cast<size_t>(k)];
    uint8_t level[32];
    lane_levels(s, k, level);
    block.d = make_half(d[k]);
    block.m = make_half(m[k]);
    pack_halves(level, block.qs);
    if constexpr (sizeof(Block) == sizeof(BlockQ5_1))
      pack_fifth_bits(level, block.qh);
  }
}

/// q4_0 (kHalf 8) and q5_0 (16): symmetric around level kHalf.
template <class Block, int kHalf>
HUG_LANE void encode_symmetric(const EncodeArgs& args) {
  auto* const out = static_cast<Block*>(args.out);
  float row_squares = 0.0F;
  for_each_strip(args, [&](Strip& s) HUG_LANE_LAMBDA {
    alignas(64) float d[kLanes];
    if (args.importance != nullptr) {
      weigh_strip(args, &row_squares, s);
      const Symmetric found = search_symmetric<32, kHalf>(s.x, s.w);
      store(d, found.scale);
      for (int i = 0; i < 32 * kLanes; i += kLanes)
        store_bytes(s.level + i, symmetric_level<kHalf>(found, load(s.x + i)));
    } else {
      const F scale =
          find_peak<32>(s.x).value / set(static_cast<float>(-kHalf));
      const F inverse = inverse_or_zero(scale);
      store(d, scale);
      for (int i = 0; i < 32 * kLanes; i += kLanes) {
        const F v =
            load(s.x + i) * inverse + set(static_cast<float>(kHalf) + 0.5F);
        store_bytes(s.level + i, least(to_int(v), set_int(2 * kHalf - 1)));
      }
    }
    put_symmetric(s, d, out);
  });
}

/// q4_1 (kTop 15) and q5_1 (31): from the smallest value up.
template <class Block, int kTop>
HUG_LANE void encode_affine(const EncodeArgs& args) {
  auto* const out = static_cast<Block*>(args.out);
  float row_squares = 0.0F;
  for_each_strip(args, [&](Strip& s) HUG_LANE_LAMBDA {
    alignas(64) float d[kLanes];
    alignas(64) float m[kLanes];
    if (args.importance != nullptr) {
      weigh_strip(args, &row_squares, s);
      const Affine found =
          search_affine<32>({kTop, -0.9F, 0.05F, 36, false, true}, s.x, s.w);
      store(d, found.scale);
      store(m, set(-0.0F) - found.low);
      for (int i = 0; i < 32 * kLanes; i += kLanes) {
        const F v = found.inverse * (load(s.x + i) - found.origin);
        store_bytes(s.level + i, nearest_clamped(v, 0, kTop));
      }
    } else {
      F low = load(s.x);
      F high = low;
      for (int i = kLanes; i < 32 * kLanes; i += kLanes) {
        const F x = load(s.x + i);
        low = select(x < low, x, low);
        high = select(x > high, x, high);
      }
      const F scale = (high - low) / set(static_cast<float>(kTop));
      const F inverse = inverse_or_zero(scale);
      store(d, scale);
      store(m, low);
      for (int i = 0; i < 32 * kLanes; i += kLanes) {
        const F v = (load(s.x + i) - low) * inverse + set(0.5F);
        store_bytes(s.level + i, least(to_int(v), set_int(kTop)));
      }
    }
    put_affine(s, d, m, out);
  });
}

void encode_q4_0(const EncodeArgs& args) {
  encode_symmetric<BlockQ4_0, 8>(args);
}

void encode_q5_0(const EncodeArgs& args) {
  encode_symmetric<BlockQ5_0, 16>(args);
}

void encode_q4_1(const EncodeArgs& args) {
  encode_affine<BlockQ4_1, 15>(args);
}

void encode_q5_1(const EncodeArgs& args) {
  encode_affine<BlockQ5_1, 31>(args);
}

// Little is done here for each element, so blocks stay as they lie: putting
// them in lanes would cost more than it saves.
void encode_q8_0(const EncodeArgs& args) {
  auto* out = static_cast<BlockQ8_0*>(args.out);
  const float* const end = args.x + args.n_row * args.n_per_row;
  for (const float* x = args.x; x != end; x += 32, out++) {
    F peak = absolute(load(x));
    for (int i = kLanes; i < 32; i += kLanes)
      peak = greatest(peak, absolute(load(x + i)));
    const float d = largest_lane(peak) / 127.0F;
    const F inverse = set(d != 0.0F ? 1.0F / d : 0.0F);
    out->d = make_half(d);
    uint8_t level[32];
    for (int i = 0; i < 32; i += kLanes)
      store_bytes(level + i, round_away(load(x + i) * inverse));
    __builtin_memcpy(out->qs, level, sizeof level);
  }
}
