// Encoders of q2_K .. q6_K. Each takes a tile of super-blocks through three
// steps: search every group (in lanes), settle the scales of every block, and
// take the levels again for the scales as they will be read (in lanes).

HUG_LANE size_t super_blocks(const EncodeArgs& args) {
  return args.n_row * args.n_per_row / kSuper;
}

template <int n, class Encode>
HUG_LANE void for_each_tile(const EncodeArgs& args, Encode encode) {
  Tile<n> t;
  const size_t count = super_blocks(args);
  for (size_t sb = 0; sb < count; sb += Tile<n>::kBlocks) {
    const size_t left = count - sb;
    t.blocks =
        left < Tile<n>::kBlocks ? static_cast<int>(left) : Tile<n>::kBlocks;
    transpose<n>(args.x + sb * kSuper, t.blocks, t.x);
    encode(t, sb);
  }
}

template <int n>
HUG_LANE void search_affine_tile(AffinePlan plan, Tile<n>& t) {
  for (int c = 0; c < Tile<n>::kChunks; c++) {
    const Affine found = search_affine<n>(plan, t.x[c], t.w[c]);
    store(t.scale + c * kLanes, found.scale);
    store(t.low + c * kLanes, found.low);
    store(t.inverse + c * kLanes, found.inverse);
    store(t.origin + c * kLanes, found.origin);
  }
}

/// Levels for the final scales and mins of the groups; a group whose scale
/// came out as zero keeps those of the search.
template <int n>
HUG_LANE void settle_affine_levels(int levels, Tile<n>& t) {
  const F zero = set(0.0F);
  for (int c = 0; c < Tile<n>::kChunks; c++) {
    const F scale = load(t.scale + c * kLanes);
    const F low = load(t.low + c * kLanes);
    const F inverse = load(t.inverse + c * kLanes);
    const F origin = load(t.origin + c * kLanes);
    const M keep = scale == zero;
    for (int i = 0; i < n * kLanes; i += kLanes) {
      const F x = load(t.x[c] + i);
      const F v = select(keep, inverse * (x - origin), (x + low) / scale);
      store_bytes(t.level[c] + i, nearest_clamped(v, 0, levels));
    }
  }
}

// -- q2_K ------------------------------------------------------------------

HUG_LANE void settle_q2_k(const EncodeArgs& args, float* scale, float* low,
                          const float* weight, BlockQ2K& out) {
  uint8_t scales[16];
  uint8_t lows[16];
  float d = 0.0F;
  float dmin = 0.0F;
  if (args.importance != nullptr) {
    d = search_factor(16, 15, scale, weight, scales);
    dmin = search_factor(16, 15, low, weight, lows);
  } else {
    const float max_scale = largest(scale, 16);
    const float max_low = largest(low, 16);
    const float inverse = max_scale > 0.0F ? 15.0F / max_scale : 0.0F;
    const float inverse_low = max_low > 0.0F ? 15.0F / max_low : 0.0F;
    for (int g = 0; g < 16; g++) {
      scales[g] = static_cast<uint8_t>(nearest(inverse * scale[g]));
      lows[g] = static_cast<uint8_t>(nearest(inverse_low * low[g]));
    }
    d = max_scale > 0.0F ? max_scale / 15.0F : 0.0F;
    dmin = max_low > 0.0F ? max_low / 15.0F : 0.0F;
  }
  out.d = make_half(d);
  out.dmin = make_half(dmin);
  d = get_half(out.d);
  dmin = get_half(out.dmin);
  for (int g = 0; g < 16; g++) {
    out.scales[g] = static_cast<uint8_t>(scales[g] | (lows[g] << 4));
    scale[g] = d * static_cast<float>(out.scales[g] & 15);
    low[g] = dmin * static_cast<float>(out.scales[g] >> 4);
  }
}

/// Two bits each, four elements 32 apart in a byte.
HUG_LANE void pack_2_bits(const uint8_t* level, uint8_t* qs) {
  for (int h = 0; h < 2; h++)
    for (int i = 0; i < 32; i++) {
      const uint8_t* const l = level + 128 * h + i;
      qs[32 * h + i] = static_cast<uint8_t>(l[0] | (l[32] << 2) | (l[64] << 4) |
                                            (l[96] << 6));
    }
}

void encode_q2_k(const EncodeArgs& args) {
  auto* const out = static_cast<BlockQ2K*>(args.out);
  for_each_tile<16>(args, [&](Tile<16>& t, size_t sb) HUG_LANE_LAMBDA {
    if (args.importance != nullptr) {
      weigh<16>(args, sb, 1.0F, t);
      search_affine_tile<16>({3, -0.9F, 0.05F, 36, false, true}, t);
    } else {
      for (int c = 0; c < Tile<16>::kChunks; c++)
        for (int i = 0; i < 16 * kLanes; i += kLanes)
          store(t.w[c] + i, absolute(load(t.x[c] + i)));
      search_affine_tile<16>({3, -0.5F, 0.1F, 15, true, false}, t);
    }
    for (int b = 0; b < t.blocks; b++)
      settle_q2_k(args, t.scale + 16 * b, t.low + 16 * b, t.weight + 16 * b,
                  out[sb + static_cast<size_t>(b)]);
    settle_affine_levels<16>(3, t);
    for (int b = 0; b < t.blocks; b++) {
      uint8_t level[kSuper];
      gather_levels<16>(t, b, level);
      pack_2_bits(level, out[sb + static_cast<size_t>(b)].qs);
    }
  });
}

// -- q3_K ------------------------------------------------------------------

/// Chooses six-bit scales; leaves what they mean in `scale`.
HUG_LANE void settle_q3_k(const EncodeArgs& args, float* scale,
                          const float* weight, BlockQ3K& out) {
  uint8_t l[16] = {};
  float d = 0.0F;
  for (uint8_t& s : out.scales)
    s = 0;
  bool any_scale = true;
  if (args.importance != nullptr) {
    d = search_signed_factor(scale, weight, l);
  } else {
    const float peak = first_peak(scale, 16);
    any_scale = peak != 0.0F;
    if (any_scale) {
      const float inverse = -32.0F / peak;
      for (int g = 0; g < 16; g++)
        l[g] = static_cast<uint8_t>(
            clamp(nearest(inverse * scale[g]), -32, 31) + 32);
      d = 1.0F / inverse;
    }
  }
  out.d = make_half(d);
  d = get_half(out.d);
  for (int g = 0; g < 16; g++) {
    const auto low = static_cast<uint8_t>(l[g] & 15);
    uint8_t& first = out.scales[g & 7];
    first = static_cast<uint8_t>(first | (g < 8 ? low : low << 4));
    uint8_t& high = out.scales[8 + g % 4];
    high = static_cast<uint8_t>(high | ((l[g] >> 4) << (2 * (g / 4))));
    scale[g] = d * static_cast<float>(l[g] - 32);
  }
}

HUG_LANE void settle_q3_k_levels(Tile<16>& t) {
  for (int c = 0; c < Tile<16>::kChunks; c++) {
    const F scale = load(t.scale + c * kLanes);
    const M keep = scale == set(0.0F);
    for (int i = 0; i < 16 * kLanes; i += kLanes) {
      // The search's own levels wait in w.
      const I level =
          nearest_clamped(load(t.x[c] + i) / scale, -4, 3) + set_int(4);
      store_bytes(t.level[c] + i,
                  select(keep, to_int(load(t.w[c] + i)), level));
    }
  }
}

HUG_LANE void search_q3_k(const EncodeArgs& args, size_t sb, Tile<16>& t) {
  if (args.importance != nullptr) weigh<16>(args, sb, 2.0F, t);
  for (int c = 0; c < Tile<16>::kChunks; c++) {
    if (args.importance == nullptr) {
      store(t.scale + c * kLanes, search_by_moves(t.x[c], t.w[c]));
      continue;
    }
    const Symmetric found = search_symmetric<16, 4>(t.x[c], t.w[c]);
    store(t.scale + c * kLanes, found.scale);
    for (int i = 0; i < 16 * kLanes; i += kLanes)
      store(t.w[c] + i, to_float(symmetric_level<4>(found, load(t.x[c] + i))));
  }
}

void encode_q3_k(const EncodeArgs& args) {
  auto* const out = static_cast<BlockQ3K*>(args.out);
  for_each_tile<16>(args, [&](Tile<16>& t, size_t sb) HUG_LANE_LAMBDA {
    search_q3_k(args, sb, t);
    for (int b = 0; b < t.blocks; b++)
      settle_q3_k(args, t.scale + 16 * b, t.weight + 16 * b,
                  out[sb + static_cast<size_t>(b)]);
    settle_q3_k_levels(t);
    for (int b = 0; b < t.blocks; b++) {
      BlockQ3K& block = out[sb + static_cast<size_t>(b)];
      uint8_t level[kSuper];
      gather_levels<16>(t, b, level);
      for (uint8_t& h : block.hmask)
        h = 0;
      for (int i = 0; i < kSuper; i++) {
        uint8_t& h = block.hmask[i % 32];
        h = static_cast<uint8_t>(h | ((level[i] >> 2) << (i / 32)));
        level[i] &= 3;
      }
      pack_2_bits(level, block.qs);
    }
  });
}

// -- q4_K and q5_K ---------------------------------------------------------

/// Eight scales and mins of six bits in twelve bytes.
HUG_LANE void pack_scales_k4(const uint8_t* scale, const uint8_t* low,
                             uint8_t* out) {
  for (int j = 0; j < 4; j++) {
    out[j] = static_cast<uint8_t>(scale[j] | ((scale[j + 4] >> 4) << 6));
    out[j + 4] = static_cast<uint8_t>(low[j] | ((low[j + 4] >> 4) << 6));
    out[j + 8] =
        static_cast<uint8_t>((scale[j + 4] & 15) | ((low[j + 4] & 15) << 4));
  }
}

struct ScalesK4 {
  Half d, dmin;
  uint8_t scales[12];
};

HUG_LANE ScalesK4 settle_k4(const EncodeArgs& args, float* scale, float* low,
                            const float* weight) {
  uint8_t scales[8];
  uint8_t lows[8];
  float d = 0.0F;
  float dmin = 0.0F;
  if (args.importance != nullptr) {
    d = search_factor(8, 63, scale, weight, scales);
    dmin = search_factor(8, 63, low, weight, lows);
  } else {
    const float max_scale = largest(scale, 8);
    const float max_low = largest(low, 8);
    const float inverse = max_scale > 0.0F ? 63.0F / max_scale : 0.0F;
    const float inverse_low = max_low > 0.0F ? 63.0F / max_low : 0.0F;
    for (int g = 0; g < 8; g++) {
      scales[g] = static_cast<uint8_t>(nearest(inverse * scale[g]));
      lows[g] = static_cast<uint8_t>(nearest(inverse_low * low[g]));
    }
    d = max_scale / 63.0F;
    dmin = max_low / 63.0F;
  }
  ScalesK4 out = {make_half(d), make_half(dmin), {}};
  d = get_half(out.d);
  dmin = get_half(out.dmin);
  for (int g = 0; g < 8; g++) {
    scales[g] = scales[g] < 63 ? scales[g] : 63;
    lows[g] = lows[g] < 63 ? lows[g] : 63;
    scale[g] = d * static_cast<float>(scales[g]);
    low[g] = dmin * static_cast<float>(lows[g]);
  }
  pack_scales_k4(scales, lows, out.scales);
  return out;
}

HUG_LANE void search_k4(const EncodeArgs& args, size_t sb, AffinePlan plan,
                        AffinePlan plan_importance, Tile<32>& t) {
  if (args.importance != nullptr) {
    weigh<32>(args, sb, 2.0F, t);
    search_affine_tile<32>(plan_importance, t);
    return;
  }
  for (int c = 0; c < Tile<32>::kChunks; c++) {
    F sum = set(0.0F);
    for (int i = 0; i < 32 * kLanes; i += kLanes)
      sum = sum + load(t.x[c] + i) * load(t.x[c] + i);
    const F typical = square_root(sum / set(32.0F));
    for (int i = 0; i < 32 * kLanes; i += kLanes)
      store(t.w[c] + i, typical + absolute(load(t.x[c] + i)));
  }
  search_affine_tile<32>(plan, t);
}

HUG_LANE void pack_low_halves(const uint8_t* level, uint8_t* qs) {
  for (int k = 0; k < 4; k++)
    for (int i = 0; i < 32; i++) {
      const uint8_t* const l = level + 64 * k + i;
      qs[32 * k + i] = static_cast<uint8_t>((l[0] & 15) | ((l[32] & 15) << 4));
    }
}

void encode_q4_k(const EncodeArgs& args) {
  auto* const out = static_cast<BlockQ4K*>(args.out);
  for_each_tile<32>(args, [&](Tile<32>& t, size_t sb) HUG_LANE_LAMBDA {
    search_k4(args, sb, {15, -1.0F, 0.1F, 20, false, false},
              {15, -0.9F, 0.05F, 36, false, true}, t);
    for (int b = 0; b < t.blocks; b++) {
      BlockQ4K& block = out[sb + static_cast<size_t>(b)];
      const ScalesK4 s =
          settle_k4(args, t.scale + 8 * b, t.low + 8 * b, t.weight + 8 * b);
      __builtin_memcpy(&block, &s, sizeof s);
    }
    settle_affine_levels<32>(15, t);
    for (int b = 0; b < t.blocks; b++) {
      uint8_t level[kSuper];
      gather_levels<32>(t, b, level);
      pack_low_halves(level, out[sb + static_cast<size_t>(b)].qs);
    }
  });
}

void encode_q5_k(const EncodeArgs& args) {
  auto* const out = static_cast<BlockQ5K*>(args.out);
  for_each_tile<32>(args, [&](Tile<32>& t, size_t sb) HUG_LANE_LAMBDA {
    search_k4(args, sb, {31, -0.5F, 0.1F, 15, false, false},
              {31, -0.9F, 0.05F, 36, false, true}, t);
    for (int b = 0; b < t.blocks; b++) {
      BlockQ5K& block = out[sb + static_cast<size_t>(b)];
      const ScalesK4 s =
          settle_k4(args, t.scale + 8 * b, t.low + 8 * b, t.weight + 8 * b);
      __builtin_memcpy(&block, &s, sizeof s);
    }
    settle_affine_levels<32>(31, t);
    for (int b = 0; b < t.blocks; b++) {
      BlockQ5K& block = out[sb + static_cast<size_t>(b)];
      uint8_t level[kSuper];
      gather_levels<32>(t, b, level);
      pack_low_halves(level, block.qs);
      for (int i = 0; i < 32; i++) {
        int bits = 0;
        for (int g = 0; g < 8; g++)
          bits |= (level[32 * g + i] >> 4) << g;
        block.qh[i] = static_cast<uint8_t>(bits);
      }
    }
  });
}

// -- q6_K ------------------------------------------------------------------

/// Whether there is anything in the block.
HUG_LANE bool settle_q6_k(float* scale, BlockQ6K& out) {
  const float peak = first_peak(scale, 16);
  if ((peak < 0.0F ? -peak : peak) < kTiny) {
    __builtin_memset(&out, 0, sizeof out);
    return false;
  }
  const float inverse = -128.0F / peak;
  out.d = make_half(1.0F / inverse);
  const float d = get_half(out.d);
  for (int g = 0; g < 16; g++) {
    const int32_t l = nearest(inverse * scale[g]);
    out.scales[g] = static_cast<int8_t>(l < 127 ? l : 127);
    scale[g] = d * static_cast<float>(out.scales[g]);
  }
  return true;
}

HUG_LANE void pack_q6_k(const uint8_t* level, BlockQ6K& out) {
  for (int h = 0; h < 2; h++)
    for (int i = 0; i < 32; i++) {
      const uint8_t* const l = level + 128 * h + i;
      uint8_t* const ql = out.ql + 64 * h + i;
      ql[0] = static_cast<uint8_t>((l[0] & 15) | ((l[64] & 15) << 4));
      ql[32] = static_cast<uint8_t>((l[32] & 15) | ((l[96] & 15) << 4));
      out.qh[32 * h + i] =
          static_cast<uint8_t>((l[0] >> 4) | ((l[32] >> 4) << 2) |
                               ((l[64] >> 4) << 4) | ((l[96] >> 4) << 6));
    }
}

void encode_q6_k(const EncodeArgs& args) {
  auto* const out = static_cast<BlockQ6K*>(args.out);
  for_each_tile<16>(args, [&](Tile<16>& t, size_t sb) HUG_LANE_LAMBDA {
    if (args.importance != nullptr)
      take_importance<16>(args, sb, t);
    else
      weigh_by_square<16>(t);
    Symmetric found[Tile<16>::kChunks];
    for (int c = 0; c < Tile<16>::kChunks; c++) {
      found[c] = search_symmetric<16, 32>(t.x[c], t.w[c]);
      store(t.scale + c * kLanes, found[c].scale);
    }
    bool used[Tile<16>::kBlocks] = {};
    for (int b = 0; b < t.blocks; b++)
      used[b] = settle_q6_k(t.scale + 16 * b, out[sb + static_cast<size_t>(b)]);
    for (int c = 0; c < Tile<16>::kChunks; c++) {
      const F scale = load(t.scale + c * kLanes);
      const M keep = scale == set(0.0F);
      for (int i = 0; i < 16 * kLanes; i += kLanes) {
        const F x = load(t.x[c] + i);
        const I level = nearest_clamped(x / scale, -32, 31) + set_int(32);
        store_bytes(t.level[c] + i,
                    select(keep, symmetric_level<32>(found[c], x), level));
      }
    }
    for (int b = 0; b < t.blocks; b++) {
      if (!used[b]) continue;
      uint8_t level[kSuper];
      gather_levels<16>(t, b, level);
      pack_q6_k(level, out[sb + static_cast<size_t>(b)]);
    }
  });
}
