// How the codes of a block come to lie in a panel: a type a struct.
//   Block      as in the file
//   kKind      what a code stands for
//   kBias      of kBiased: the code of zero
//   kSub       elements with a scale of their own
//   kMost      the largest magnitude of a weight's integer (kBiased, kSigned)
// Either codes() unpacks 16 rows at once, or unpack() one block of one row.

/// What goes onto every code when it enters the panel.
template <class T>
constexpr int kLift = lift_of(T::kKind, T::kBias, T::kMost, T::kSub);

template <class T>
HUG_LANE void put_lifted(uint8_t* p, Codes z) {
  if constexpr (kLift<T> != 0) z = plus(z, all(kLift<T>));
  put(p, z);
}

HUG_LANE uint16_t get_u16(Half h) {
  return static_cast<uint16_t>(h.byte[0] | (h.byte[1] << 8));
}

HUG_LANE uint32_t get_u32(const uint8_t* p) {
  uint32_t v = 0;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

HUG_LANE uint8_t byte_of(int v) {
  return static_cast<uint8_t>(v);
}

/// The levels of iq4_nl and iq4_xs; those of E2M1, doubled, plus 12.
alignas(16) constexpr int8_t kIq4Levels[16] = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
alignas(16) constexpr int8_t kFp4Levels[16] = {12, 13, 14, 15, 16, 18, 20, 24,
                                               12, 11, 10, 9,  8,  6,  4,  0};

// -- blocks of 32 with scales of their own -----------------------------------
//   kPer       pieces of 32 in a block of the file
//   kHalf      where the scale is, an f16; without it scale() tells the scale
//   kLowHalf   of kLow: what is added, an f16

/// Low halves, then high halves of 16 bytes: 32 codes.
template <class T>
HUG_LANE void put_nibbles(const uint8_t* const* row, size_t at, uint8_t* q,
                          const int8_t* levels = nullptr) {
  Codes z[4];
  load_4(row, at, z);
  const Codes mask = all(15);
  HUG_UNROLL for (int g = 0; g < 4; g++) {
    Codes low = both(z[g], mask);
    Codes high = both(right<4>(z[g]), mask);
    if (levels != nullptr) {
      low = look_up(levels, low);
      high = look_up(levels, high);
    }
    put_lifted<T>(q + 64 * g, low);
    put_lifted<T>(q + 64 * (4 + g), high);
  }
}

struct TypeQ4_0 {
  using Block = BlockQ4_0;
  static constexpr Kind kKind = Kind::kBiased;
  static constexpr int kBias = 8;
  static constexpr int kMost = 8;
  static constexpr int kSub = 32;
  static constexpr size_t kPer = 1;
  static constexpr size_t kHalf = offsetof(Block, d);

  HUG_LANE static void codes(const uint8_t* const* row, size_t at, size_t,
                             uint8_t* q) {
    put_nibbles<TypeQ4_0>(row, at + offsetof(Block, qs), q);
  }
};

struct TypeQ4_1 {
  using Block = BlockQ4_1;
  static constexpr Kind kKind = Kind::kLow;
  static constexpr int kBias = 0;
  static constexpr int kMost = 15;
  static constexpr int kSub = 32;
  static constexpr size_t kPer = 1;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr size_t kLowHalf = offsetof(Block, m);

  HUG_LANE static void codes(const uint8_t* const* row, size_t at, size_t,
                             uint8_t* q) {
    put_nibbles<TypeQ4_1>(row, at + offsetof(Block, qs), q);
  }
};

HUG_LANE void unpack_five(const uint8_t* qs, uint32_t high, uint8_t* code) {
  for (unsigned i = 0; i < 16; i++) {
    code[i] =
        byte_of(static_cast<int>((qs[i] & 15U) | (((high >> i) & 1U) << 4)));
    code[i + 16] = byte_of(
        static_cast<int>((qs[i] >> 4U) | (((high >> (i + 16)) & 1U) << 4)));
  }
}

struct TypeQ5_0 {
  using Block = BlockQ5_0;
  static constexpr Kind kKind = Kind::kBiased;
  static constexpr int kBias = 16;
  static constexpr int kMost = 16;
  static constexpr int kSub = 32;
  static constexpr size_t kPer = 1;
  static constexpr size_t kHalf = offsetof(Block, d);

  HUG_LANE static void unpack(const Block& b, size_t, uint8_t* code) {
    unpack_five(b.qs, get_u32(b.qh), code);
  }
};

struct TypeQ5_1 {
  using Block = BlockQ5_1;
  static constexpr Kind kKind = Kind::kLow;
  static constexpr int kBias = 0;
  static constexpr int kMost = 31;
  static constexpr int kSub = 32;
  static constexpr size_t kPer = 1;
  static constexpr size_t kHalf = offsetof(Block, d);
  static constexpr size_t kLowHalf = offsetof(Block, m);

  HUG_LANE static void unpack(const Block& b, size_t, uint8_t* code) {
    unpack_five(b.qs, get_u32(b.qh), code);
  }
};

struct TypeQ8_0 {
  using Block = BlockQ8_0;
  static constexpr Kind kKind = Kind::kSigned;
  static constexpr int kBias = 0;
  static constexpr int kMost = 128;
  static constexpr int kSub = 32;
  static constexpr size_t kPer = 1;
  static constexpr size_t kHalf = offsetof(Block, d);

  HUG_LANE static void codes(const uint8_t* const* row, size_t at, size_t,
                             uint8_t* q) {
    Codes z[8];
    load_8(row, at + offsetof(Block, qs), z);
    HUG_UNROLL for (int g = 0; g < 8; g++) {
      put_lifted<TypeQ8_0>(q + 64 * g, z[g]);
    }
  }
};

struct TypeIq4Nl {
  using Block = BlockQ4_0;
  static constexpr Kind kKind = Kind::kSigned;
  static constexpr int kBias = 0;
  static constexpr int kMost = 127;
  static constexpr int kSub = 32;
  static constexpr size_t kPer = 1;
  static constexpr size_t kHalf = offsetof(Block, d);

  HUG_LANE static void codes(const uint8_t* const* row, size_t at, size_t,
                             uint8_t* q) {
    put_nibbles<TypeIq4Nl>(row, at + offsetof(Block, qs), q, kIq4Levels);
  }
};

struct TypeMxfp4 {
  using Block = BlockMxfp4;
  static constexpr Kind kKind = Kind::kBiased;
  static constexpr int kBias = 12;
  static constexpr int kMost = 12;
  static constexpr int kSub = 32;
  static constexpr size_t kPer = 1;

  HUG_LANE static float scale(const Block& b) { return e8m0_to_f32_half(b.e); }

  HUG_LANE static void codes(const uint8_t* const* row, size_t at, size_t,
                             uint8_t* q) {
    put_nibbles<TypeMxfp4>(row, at + offsetof(Block, qs), q, kFp4Levels);
  }
};

struct TypeQ1_0 {
  using Block = BlockQ1_0;
  static constexpr Kind kKind = Kind::kBiased;
  static constexpr int kBias = 1;
  static constexpr int kMost = 1;
  static constexpr int kSub = 32;
  static constexpr size_t kPer = 4;
  static constexpr size_t kHalf = offsetof(Block, d);

  HUG_LANE static void unpack(const Block& b, size_t piece, uint8_t* code) {
    const uint8_t* const bits = b.bits + 4 * piece;
    for (size_t i = 0; i < 32; i++)
      code[i] = byte_of(((bits[i / 8] >> (i % 8)) & 1) * 2);
  }
};

struct TypeQ2_0 {
  using Block = BlockQ2_0;
  static constexpr Kind kKind = Kind::kBiased;
  static constexpr int kBias = 1;
  static constexpr int kMost = 2;
  static constexpr int kSub = 32;
  static constexpr size_t kPer = 2;
  static constexpr size_t kHalf = offsetof(Block, d);

  HUG_LANE static void unpack(const Block& b, size_t piece, uint8_t* code) {
    const uint8_t* const q = b.qs + 8 * piece;
    for (size_t i = 0; i < 32; i++)
      code[i] = byte_of((q[i / 4] >> (2 * (i % 4))) & 3);
  }
};
