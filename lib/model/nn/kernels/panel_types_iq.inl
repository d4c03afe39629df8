// The i-quants with grids: points looked up, signs put on, scales apart.

/// Eight signs of seven bits: the last makes the number of minuses even.
HUG_LANE uint32_t even_signs(uint32_t code) {
  const auto odd = static_cast<uint32_t>(__builtin_popcount(code) & 1);
  return code | (odd << 7);
}

/// kCount points; those whose sign bit is set become negative.
template <int kCount>
HUG_LANE void put_points(const uint8_t* grid, uint32_t signs, uint8_t* code) {
  for (int i = 0; i < kCount; i++) {
    const int minus = -static_cast<int>((signs >> i) & 1U);
    code[i] = byte_of((grid[i] ^ minus) - minus);
  }
}

struct TypeIq2Xxs {
  using Block = BlockIq2Xxs;
  static constexpr Kind kKind = Kind::kSigned;
  static constexpr int kBias = 0;
  static constexpr int kMost = 43;
  static constexpr int kSub = 32;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 0.125F;

  HUG_LANE static void head(const Block& b, Head& h) {
    for (int g = 0; g < 8; g++) {
      const uint32_t rest = get_u32(b.qs + 8 * g + 4);
      h.scale[g] = static_cast<int16_t>(2 * (rest >> 28) + 1);
    }
  }

  HUG_LANE static void unpack(const Block& b, uint8_t* code) {
    for (int k = 0; k < 32; k++) {
      const uint8_t* const index = b.qs + 8 * (k / 4);
      const uint32_t signs = get_u32(index + 4) >> (7 * (k % 4));
      put_points<8>(kIqGrids.iq2xxs[index[k % 4]], even_signs(signs & 127U),
                    code + 8 * k);
    }
  }
};

template <class Block>
HUG_LANE void head_iq2(const Block& b, Head& h) {
  for (int k = 0; k < 16; k++) {
    const int s = (b.scales[k / 2] >> (4 * (k % 2))) & 15;
    h.scale[k] = static_cast<int16_t>(2 * s + 1);
  }
}

struct TypeIq2Xs {
  using Block = BlockIq2Xs;
  static constexpr Kind kKind = Kind::kSigned;
  static constexpr int kBias = 0;
  static constexpr int kMost = 43;
  static constexpr int kSub = 16;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 0.125F;

  HUG_LANE static void head(const Block& b, Head& h) { head_iq2(b, h); }

  HUG_LANE static void unpack(const Block& b, uint8_t* code) {
    for (int k = 0; k < 32; k++) {
      const uint32_t q = get_u16(b.qs[k]);
      put_points<8>(kIqGrids.iq2xs[q & 511U], even_signs(q >> 9), code + 8 * k);
    }
  }
};

struct TypeIq2S {
  using Block = BlockIq2S;
  static constexpr Kind kKind = Kind::kSigned;
  static constexpr int kBias = 0;
  static constexpr int kMost = 43;
  static constexpr int kSub = 16;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 0.125F;

  HUG_LANE static void head(const Block& b, Head& h) { head_iq2(b, h); }

  HUG_LANE static void unpack(const Block& b, uint8_t* code) {
    for (int k = 0; k < 32; k++) {
      const int high = (b.qh[k / 4] >> (2 * (k % 4))) & 3;
      put_points<8>(kIqGrids.iq2s[b.qs[k] | (high << 8)], b.qs[32 + k],
                    code + 8 * k);
    }
  }
};

struct TypeIq3Xxs {
  using Block = BlockIq3Xxs;
  static constexpr Kind kKind = Kind::kSigned;
  static constexpr int kBias = 0;
  static constexpr int kMost = 62;
  static constexpr int kSub = 32;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 0.25F;

  HUG_LANE static void head(const Block& b, Head& h) {
    for (int g = 0; g < 8; g++) {
      const uint32_t rest = get_u32(b.qs + 64 + 4 * g);
      h.scale[g] = static_cast<int16_t>(2 * (rest >> 28) + 1);
    }
  }

  HUG_LANE static void unpack(const Block& b, uint8_t* code) {
    for (int k = 0; k < 64; k++) {
      const uint32_t rest = get_u32(b.qs + 64 + 4 * (k / 8));
      const uint32_t signs = even_signs((rest >> (7 * (k % 8 / 2))) & 127U);
      put_points<4>(kIqGrids.iq3xxs[b.qs[k]], signs >> (4 * (k % 2)),
                    code + 4 * k);
    }
  }
};

struct TypeIq3S {
  using Block = BlockIq3S;
  static constexpr Kind kKind = Kind::kSigned;
  static constexpr int kBias = 0;
  static constexpr int kMost = 15;
  static constexpr int kSub = 32;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 1.0F;

  HUG_LANE static void head(const Block& b, Head& h) {
    for (int g = 0; g < 8; g++) {
      const int s = (b.scales[g / 2] >> (4 * (g % 2))) & 15;
      h.scale[g] = static_cast<int16_t>(2 * s + 1);
    }
  }

  HUG_LANE static void unpack(const Block& b, uint8_t* code) {
    for (int k = 0; k < 64; k++) {
      const int index = b.qs[k] | (((b.qh[k / 8] >> (k % 8)) & 1) << 8);
      const auto signs = static_cast<uint32_t>(b.signs[k / 2]);
      put_points<4>(kIqGrids.iq3s[index], signs >> (4 * (k % 2)), code + 4 * k);
    }
  }
};

/// Eight points of the ternary grid, all moved by an eighth: in eighths.
HUG_LANE void put_ternary(const int8_t* grid, bool minus, uint8_t* code) {
  for (int i = 0; i < 8; i++)
    code[i] = byte_of(8 * grid[i] + (minus ? -1 : 1));
}

struct TypeIq1S {
  using Block = BlockIq1S;
  static constexpr Kind kKind = Kind::kSigned;
  static constexpr int kBias = 0;
  static constexpr int kMost = 9;
  static constexpr int kSub = 32;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 0.125F;

  HUG_LANE static void head(const Block& b, Head& h) {
    for (int g = 0; g < 8; g++)
      h.scale[g] = static_cast<int16_t>(2 * ((get_u16(b.qh[g]) >> 12) & 7) + 1);
  }

  HUG_LANE static void unpack(const Block& b, uint8_t* code) {
    for (int k = 0; k < 32; k++) {
      const int qh = get_u16(b.qh[k / 4]);
      const int index = b.qs[k] | (((qh >> (3 * (k % 4))) & 7) << 8);
      put_ternary(kIqGrids.iq1s[index], (qh & 0x8000) != 0, code + 8 * k);
    }
  }
};

struct TypeIq1M {
  using Block = BlockIq1M;
  static constexpr Kind kKind = Kind::kSigned;
  static constexpr int kBias = 0;
  static constexpr int kMost = 9;
  static constexpr int kSub = 16;

  /// An f16 in the top quarters of four words.
  HUG_LANE static float scale(const Block& b) {
    int d = 0;
    for (int k = 0; k < 4; k++)
      d |= (b.scales[2 * k + 1] >> 4) << (4 * k);
    return f16_to_f32(static_cast<uint16_t>(d)) * 0.125F;
  }

  HUG_LANE static void head(const Block& b, Head& h) {
    for (int k = 0; k < 4; k++) {
      const int word = b.scales[2 * k] | (b.scales[2 * k + 1] << 8);
      for (int i = 0; i < 4; i++)
        h.scale[4 * k + i] =
            static_cast<int16_t>(2 * ((word >> (3 * i)) & 7) + 1);
    }
  }

  HUG_LANE static void unpack(const Block& b, uint8_t* code) {
    for (int k = 0; k < 32; k++) {
      const int high = b.qh[k / 2] >> (4 * (k % 2));
      const int index = b.qs[k] | ((high & 7) << 8);
      put_ternary(kIqGrids.iq1s[index], (high & 8) != 0, code + 8 * k);
    }
  }
};
