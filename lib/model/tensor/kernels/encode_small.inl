// Encoders that only round: plain floats, 1 and 2 bit types, ternary types and
// the 4-bit floats. One loop each; the importance of columns plays no part.

HUG_LANE size_t element_total(const EncodeArgs& args) {
  return args.n_row * args.n_per_row;
}

HUG_LANE float magnitude(float x) {
  return x < 0.0F ? -x : x;
}

HUG_LANE float largest_magnitude(const float* x, int n) {
  float max = 0.0F;
  for (int i = 0; i < n; i++)
    max = max > magnitude(x[i]) ? max : magnitude(x[i]);
  return max;
}

void encode_f32(const EncodeArgs& args) {
  __builtin_memcpy(args.out, args.x, element_total(args) * sizeof(float));
}

void encode_bf16(const EncodeArgs& args) {
  auto* const out = static_cast<uint8_t*>(args.out);
  const size_t n = element_total(args);
  for (size_t i = 0; i < n; i++) {
    uint32_t bits = 0;
    __builtin_memcpy(&bits, args.x + i, sizeof bits);
    const uint32_t rounded = (bits + (0x7fffU + ((bits >> 16) & 1U))) >> 16;
    const bool nan = (bits & 0x7fffffffU) > 0x7f800000U;
    const auto half = static_cast<uint16_t>(nan ? (bits >> 16) | 64U : rounded);
    __builtin_memcpy(out + 2 * i, &half, sizeof half);
  }
}

void encode_q1_0(const EncodeArgs& args) {
  auto* out = static_cast<BlockQ1_0*>(args.out);
  const float* const end = args.x + element_total(args);
  for (const float* x = args.x; x != end; x += 128, out++) {
    float sum = 0.0F;
    for (int i = 0; i < 128; i++)
      sum += magnitude(x[i]);
    out->d = make_half(sum / 128.0F);
    for (int j = 0; j < 16; j++) {
      int bits = 0;
      for (int i = 0; i < 8; i++)
        bits |= (x[8 * j + i] >= 0.0F ? 1 : 0) << i;
      out->bits[j] = static_cast<uint8_t>(bits);
    }
  }
}

void encode_q2_0(const EncodeArgs& args) {
  auto* out = static_cast<BlockQ2_0*>(args.out);
  const float* const end = args.x + element_total(args);
  for (const float* x = args.x; x != end; x += 64, out++) {
    const float d = largest_magnitude(x, 64);
    const float inverse = d != 0.0F ? 1.0F / d : 0.0F;
    out->d = make_half(d);
    for (int j = 0; j < 16; j++) {
      int bits = 0;
      for (int i = 0; i < 4; i++) {
        const int32_t q = round_away(x[4 * j + i] * inverse) + 1;
        bits |= clamp(q, 0, 3) << (2 * i);
      }
      out->qs[j] = static_cast<uint8_t>(bits);
    }
  }
}

/// Ternary digits 0, 1, 2 of 256 values, and their scale.
HUG_LANE float take_trits(const float* x, uint8_t* trit) {
  const float d = largest_magnitude(x, 256);
  const float inverse = d != 0.0F ? 1.0F / d : 0.0F;
  for (int i = 0; i < 256; i++)
    trit[i] = static_cast<uint8_t>(round_away(x[i] * inverse) + 1);
  return d;
}

/// Digits `step` apart as one byte: a fraction of 243 in 256ths, rounded up.
HUG_LANE uint8_t pack_trits(const uint8_t* trit, int step, int count) {
  int value = 0;
  for (int n = 0; n < 5; n++)
    value = 3 * value + (n < count ? trit[n * step] : 0);
  return static_cast<uint8_t>((value * 256 + 242) / 243);
}

void encode_tq1_0(const EncodeArgs& args) {
  auto* out = static_cast<BlockTq1_0*>(args.out);
  const float* const end = args.x + element_total(args);
  for (const float* x = args.x; x != end; x += 256, out++) {
    uint8_t trit[256];
    out->d = make_half(take_trits(x, trit));
    for (int i = 0; i < 32; i++)
      out->qs[i] = pack_trits(trit + i, 32, 5);
    for (int i = 0; i < 16; i++)
      out->qs[32 + i] = pack_trits(trit + 160 + i, 16, 5);
    for (int i = 0; i < 4; i++)
      out->qh[i] = pack_trits(trit + 240 + i, 4, 4);
  }
}

void encode_tq2_0(const EncodeArgs& args) {
  auto* out = static_cast<BlockTq2_0*>(args.out);
  const float* const end = args.x + element_total(args);
  for (const float* x = args.x; x != end; x += 256, out++) {
    uint8_t trit[256];
    out->d = make_half(take_trits(x, trit));
    pack_2_bits(trit, out->qs);
  }
}

// -- 4-bit floats ------------------------------------------------------------

/// The code whose value times d is nearest, the first of equals.
HUG_LANE uint8_t nearest_fp4(float d, float x) {
  uint8_t best = 0;
  float error = magnitude(kFp4Values[0] * d - x);
  for (int k = 1; k < 16; k++) {
    const float e = magnitude(kFp4Values[k] * d - x);
    best = e < error ? static_cast<uint8_t>(k) : best;
    error = e < error ? e : error;
  }
  return best;
}

void encode_mxfp4(const EncodeArgs& args) {
  auto* const out = static_cast<BlockMxfp4*>(args.out);
  for_each_strip(args, [&](Strip& s) HUG_LANE_LAMBDA {
    alignas(64) float peak[kLanes];
    alignas(64) float d[kLanes];
    uint8_t e[kLanes];
    store(peak, find_peak<32>(s.x).magnitude);
    for (int k = 0; k < kLanes; k++) {
      const float power =
          peak[k] > 0.0F
              ? __builtin_floorf(__builtin_log2f(peak[k])) - 2.0F + 127.0F
              : 0.0F;
      e[k] = static_cast<uint8_t>(static_cast<int32_t>(power));
      d[k] = e8m0_to_f32_half(e[k]);
    }
    const F scale = load(d);
    for (int i = 0; i < 32 * kLanes; i += kLanes) {
      const F x = load(s.x + i);
      I best = set_int(0);
      F error = absolute(set(kFp4Values[0]) * scale - x);
      for (int k = 1; k < 16; k++) {
        const F other = absolute(set(kFp4Values[k]) * scale - x);
        const M closer = other < error;
        best = select(closer, set_int(k), best);
        error = select(closer, other, error);
      }
      store_bytes(s.level + i, best);
    }
    for (int k = 0; k < s.blocks; k++) {
      BlockMxfp4& block = out[s.first + static_cast<size_t>(k)];
      uint8_t level[32];
      lane_levels(s, k, level);
      block.e = e[k];
      pack_halves(level, block.qs);
    }
  });
}

void encode_nvfp4(const EncodeArgs& args) {
  auto* out = static_cast<BlockNvfp4*>(args.out);
  const float* const end = args.x + element_total(args);
  for (const float* x = args.x; x != end; x += 64, out++)
    for (int s = 0; s < 4; s++) {
      const float* const group = x + 16 * s;
      out->d[s] = f32_to_ue4m3(largest_magnitude(group, 16) / 6.0F);
      const float d = ue4m3_to_f32_half(out->d[s]);
      for (int j = 0; j < 8; j++)
        out->qs[8 * s + j] = static_cast<uint8_t>(
            nearest_fp4(d, group[j]) | (nearest_fp4(d, group[j + 8]) << 4));
    }
}
