// Super-blocks of 256: integer scales of 16 or 32 (kSub) elements each.

/// What stands beside the codes of one block.
struct Head {
  int16_t scale[16];  // of each kSub elements
  int16_t low[16];    // of kLow
};

/// The 6-bit scales and lows that q4_K and q5_K share: eight of each in twelve
/// bytes, behind two f16.
template <class Panel>
HUG_LANE void put_scales_k4(const uint8_t* const* row, size_t at, Panel& p) {
  Codes z[4];
  load_4(row, at, z);
  const Codes six = all(0x3f);
  const Codes four = all(0x0f);
  const Codes top = all(0x30);
  const Codes scale[2] = {both(z[1], six),
                          either(both(z[3], four), both(right<2>(z[1]), top))};
  const Codes low[2] = {both(z[2], six), either(both(right<4>(z[3]), four),
                                                both(right<2>(z[2]), top))};
  for (int h = 0; h < 2; h++) {
    HUG_UNROLL for (int j = 0; j < 4; j++) {
      put(p.scale[4 * h + j], scale_words(scale[h], j));
    }
    put(p.low[2 * h], pick(low[h], 0, -1, 1, -1));
    put(p.low[2 * h + 1], pick(low[h], 2, -1, 3, -1));
  }
}

struct TypeQ4K {
  using Block = BlockQ4K;
  static constexpr Kind kKind = Kind::kLow;
  static constexpr int kBias = 0;
  static constexpr int kMost = 15;
  static constexpr int kSub = 32;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 1.0F;
  static constexpr size_t kLowHalf = offsetof(Block, dmin);

  template <class Panel>
  HUG_LANE static void scales(const uint8_t* const* row, size_t at, Panel& p) {
    put_scales_k4(row, at, p);
  }

  HUG_LANE static void codes(const uint8_t* const* row, size_t at, uint8_t* q) {
    const Codes mask = all(15);
    for (size_t j = 0; j < 4; j++, q += 1024) {
      Codes z[8];
      load_8(row, at + offsetof(Block, qs) + 32 * j, z);
      HUG_UNROLL for (int g = 0; g < 8; g++) {
        put(q + 64 * g, both(z[g], mask));
        put(q + 512 + 64 * g, both(right<4>(z[g]), mask));
      }
    }
  }
};

struct TypeQ5K {
  using Block = BlockQ5K;
  static constexpr Kind kKind = Kind::kLow;
  static constexpr int kBias = 0;
  static constexpr int kMost = 31;
  static constexpr int kSub = 32;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 1.0F;
  static constexpr size_t kLowHalf = offsetof(Block, dmin);

  template <class Panel>
  HUG_LANE static void scales(const uint8_t* const* row, size_t at, Panel& p) {
    put_scales_k4(row, at, p);
  }

  HUG_LANE static void codes(const uint8_t* const* row, size_t at, uint8_t* q) {
    const Codes mask = all(15);
    const Codes fifth = all(16);
    Codes h[8];
    load_8(row, at + offsetof(Block, qh), h);
    for (size_t j = 0; j < 4; j++, q += 1024) {
      Codes z[8];
      load_8(row, at + offsetof(Block, qs) + 32 * j, z);
      HUG_UNROLL for (int g = 0; g < 8; g++) {
        put(q + 64 * g, either(both(z[g], mask), both(left<4>(h[g]), fifth)));
        put(q + 512 + 64 * g,
            either(both(right<4>(z[g]), mask), both(left<3>(h[g]), fifth)));
        h[g] = right<2>(h[g]);
      }
    }
  }
};

struct TypeQ6K {
  using Block = BlockQ6K;
  static constexpr Kind kKind = Kind::kBiased;
  static constexpr int kBias = 32;
  static constexpr int kMost = 32;
  static constexpr int kSub = 16;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 1.0F;

  template <class Panel>
  HUG_LANE static void scales(const uint8_t* const* row, size_t at, Panel& p) {
    Codes z[4];
    load_4(row, at + offsetof(Block, scales), z);
    HUG_UNROLL for (int i = 0; i < 16; i++) {
      put(p.scale[i], scale_words(z[i / 4], i % 4));
    }
  }

  HUG_LANE static void codes(const uint8_t* const* row, size_t at, uint8_t* q) {
    const Codes mask = all(15);
    const Codes top = all(0x30);
    for (size_t j = 0; j < 2; j++, q += 2048) {
      Codes h[8];
      load_8(row, at + offsetof(Block, qh) + 32 * j, h);
      for (size_t part = 0; part < 2; part++) {
        Codes z[8];
        load_8(row, at + offsetof(Block, ql) + 64 * j + 32 * part, z);
        uint8_t* const to = q + 512 * part;
        HUG_UNROLL for (int g = 0; g < 8; g++) {
          put_lifted<TypeQ6K>(
              to + 64 * g, either(both(z[g], mask), both(left<4>(h[g]), top)));
          put_lifted<TypeQ6K>(
              to + 1024 + 64 * g,
              either(both(right<4>(z[g]), mask), both(h[g], top)));
          h[g] = right<2>(h[g]);
        }
      }
    }
  }
};

struct TypeQ3K {
  using Block = BlockQ3K;
  static constexpr Kind kKind = Kind::kBiased;
  static constexpr int kBias = 4;
  static constexpr int kMost = 4;
  static constexpr int kSub = 16;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 1.0F;

  HUG_LANE static void head(const Block& b, Head& h) {
    const uint8_t* const s = b.scales;
    for (int k = 0; k < 16; k++) {
      const int low = k < 8 ? s[k] & 15 : s[k - 8] >> 4;
      const int high = (s[8 + k % 4] >> (2 * (k / 4))) & 3;
      h.scale[k] = static_cast<int16_t>((low | (high << 4)) - 32);
    }
  }

  HUG_LANE static void codes(const uint8_t* const* row, size_t at, uint8_t* q) {
    const Codes mask = all(3);
    const Codes third = all(4);
    Codes h[8];
    load_8(row, at + offsetof(Block, hmask), h);
    for (size_t j = 0; j < 2; j++) {
      Codes z[8];
      load_8(row, at + offsetof(Block, qs) + 32 * j, z);
      for (size_t part = 0; part < 4; part++, q += 512) {
        HUG_UNROLL for (int g = 0; g < 8; g++) {
          put_lifted<TypeQ3K>(
              q + 64 * g, either(both(z[g], mask), both(left<2>(h[g]), third)));
          z[g] = right<2>(z[g]);
          h[g] = right<1>(h[g]);
        }
      }
    }
  }
};

/// Four codes a byte, 32 bytes apart.
template <class T>
HUG_LANE void put_quarters(const uint8_t* const* row, size_t at, uint8_t* q) {
  const Codes mask = all(3);
  for (size_t j = 0; j < 2; j++) {
    Codes z[8];
    load_8(row, at + 32 * j, z);
    for (size_t part = 0; part < 4; part++, q += 512) {
      HUG_UNROLL for (int g = 0; g < 8; g++) {
        put_lifted<T>(q + 64 * g, both(z[g], mask));
        z[g] = right<2>(z[g]);
      }
    }
  }
}

struct TypeQ2K {
  using Block = BlockQ2K;
  static constexpr Kind kKind = Kind::kLow;
  static constexpr int kBias = 0;
  static constexpr int kMost = 3;
  static constexpr int kSub = 16;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 1.0F;
  static constexpr size_t kLowHalf = offsetof(Block, dmin);

  HUG_LANE static void head(const Block& b, Head& h) {
    for (int k = 0; k < 16; k++) {
      h.scale[k] = b.scales[k] & 15;
      h.low[k] = b.scales[k] >> 4;
    }
  }

  HUG_LANE static void codes(const uint8_t* const* row, size_t at, uint8_t* q) {
    put_quarters<TypeQ2K>(row, at + offsetof(Block, qs), q);
  }
};

struct TypeTq2_0 {
  using Block = BlockTq2_0;
  static constexpr Kind kKind = Kind::kBiased;
  static constexpr int kBias = 1;
  static constexpr int kMost = 2;
  static constexpr int kSub = 32;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 1.0F;

  HUG_LANE static void head(const Block&, Head& h) {
    for (int k = 0; k < 8; k++)
      h.scale[k] = 1;
  }

  HUG_LANE static void codes(const uint8_t* const* row, size_t at, uint8_t* q) {
    put_quarters<TypeTq2_0>(row, at + offsetof(Block, qs), q);
  }
};

struct TypeTq1_0 {
  using Block = BlockTq1_0;
  static constexpr Kind kKind = Kind::kBiased;
  static constexpr int kBias = 1;
  static constexpr int kMost = 1;
  static constexpr int kSub = 32;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 1.0F;

  HUG_LANE static void head(const Block&, Head& h) {
    for (int k = 0; k < 8; k++)
      h.scale[k] = 1;
  }

  /// A digit of balanced base 3, as 0, 1, 2.
  HUG_LANE static uint8_t trit(uint8_t byte, int power) {
    const int rest = byte_of(byte * power);
    return byte_of((rest * 3) >> 8);
  }

  HUG_LANE static void unpack(const Block& b, uint8_t* code) {
    constexpr int kPower[5] = {1, 3, 9, 27, 81};
    for (int k = 0; k < 5; k++) {
      for (int i = 0; i < 32; i++)
        code[32 * k + i] = trit(b.qs[i], kPower[k]);
      for (int i = 0; i < 16; i++)
        code[160 + 16 * k + i] = trit(b.qs[32 + i], kPower[k]);
    }
    for (int k = 0; k < 4; k++)
      for (int i = 0; i < 4; i++)
        code[240 + 4 * k + i] = trit(b.qh[i], kPower[k]);
  }
};

struct TypeIq4Xs {
  using Block = BlockIq4Xs;
  static constexpr Kind kKind = Kind::kSigned;
  static constexpr int kBias = 0;
  static constexpr int kMost = 127;
  static constexpr int kSub = 32;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr float kFactor = 1.0F;

  HUG_LANE static void head(const Block& b, Head& h) {
    const int high = get_u16(b.scales_h);
    for (int g = 0; g < 8; g++) {
      const int low = (b.scales_l[g / 2] >> (4 * (g % 2))) & 15;
      h.scale[g] =
          static_cast<int16_t>((low | (((high >> (2 * g)) & 3) << 4)) - 32);
    }
  }

  HUG_LANE static void codes(const uint8_t* const* row, size_t at, uint8_t* q) {
    for (size_t g = 0; g < 8; g++)
      put_nibbles<TypeIq4Xs>(row, at + offsetof(Block, qs) + 16 * g,
                             q + 512 * g, kIq4Levels);
  }
};
