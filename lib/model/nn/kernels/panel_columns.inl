// Integer panels: columns rounded to bytes, rows unpacked to bytes.

HUG_LANE PairSums pair_sums(const uint8_t* code) {
  const __m128i q = _mm_load_si128(reinterpret_cast<const __m128i*>(code));
  __m128i t = _mm_maddubs_epi16(_mm_set1_epi8(1), q);
  t = _mm_add_epi16(t, _mm_shuffle_epi32(t, 0x4e));
  t = _mm_add_epi16(t, _mm_shuffle_epi32(t, 0xb1));
  return {static_cast<int16_t>(_mm_extract_epi16(t, 0)),
          static_cast<int16_t>(_mm_extract_epi16(t, 1))};
}

/// n values to bytes, the largest becoming 127; what one is worth.
HUG_LANE float round_block(const float* x, int n, uint8_t* code) {
  const float most = largest(x, n);
  // Below, the inverse would be infinite.
  const float scale = most > 1e-30F ? 127.0F / most : 0.0F;
  for (int i = 0; i < n; i += 16)
    round_16(x + i, scale, code + i);
  return most / 127.0F;
}

// -- 256 elements with one scale ---------------------------------------------

struct alignas(64) Columns256 {
  uint8_t code[64][kColumns][4];
  int32_t start[16][kColumns];    // what sums of 16 elements begin at
  int32_t start_32[8][kColumns];  // of 32 elements
  int32_t pair[8][kColumns];      // two neighbouring sums of 16 codes
  int32_t pair_32[4][kColumns];   // of 32 codes
  float d[kColumns];
};

HUG_LANE void prepare_column(const float* x, Columns256& to, size_t c) {
  alignas(64) uint8_t code[256];
  to.d[c] = round_block(x, 256, code);
  for (size_t g = 0; g < 64; g++)
    __builtin_memcpy(to.code[g][c], code + 4 * g, 4);
  PairSums p[16];
  for (size_t i = 0; i < 16; i++) {
    p[i] = pair_sums(code + 16 * i);
    to.start[i][c] = start_of(p[i]);
  }
  int sum[8];
  for (size_t i = 0; i < 8; i++) {
    const PairSums& a = p[2 * i];
    const PairSums& b = p[2 * i + 1];
    to.start_32[i][c] = start_of({a.low + b.low, a.high + b.high});
    to.pair[i][c] = two_words(a.low + a.high, b.low + b.high);
    sum[i] = a.low + a.high + b.low + b.high;
  }
  for (size_t i = 0; i < 4; i++)
    to.pair_32[i][c] = two_words(sum[2 * i], sum[2 * i + 1]);
}

// -- 32 elements with one scale ----------------------------------------------

struct alignas(32) Columns32 {
  uint8_t code[8][kColumns][4];
  int32_t start[kColumns];
  float d[kColumns];
  float sum[kColumns];  // of the rounded values
};

HUG_LANE void prepare_column(const float* x, Columns32& to, size_t c) {
  alignas(64) uint8_t code[32];
  to.d[c] = round_block(x, 32, code);
  for (size_t g = 0; g < 8; g++)
    __builtin_memcpy(to.code[g][c], code + 4 * g, 4);
  const PairSums a = pair_sums(code);
  const PairSums b = pair_sums(code + 16);
  const PairSums p = {a.low + b.low, a.high + b.high};
  to.start[c] = start_of(p);
  to.sum[c] = to.d[c] * static_cast<float>(p.low + p.high);
}

template <class Columns, size_t kUnit>
void prepare_groups(const ColumnJob& job) {
  const size_t n_unit = job.n_in / kUnit;
  auto* const columns = reinterpret_cast<Columns*>(job.columns);
  for (size_t g = job.begin; g < job.end; g++) {
    const Group group = group_of(job.n_column, g);
    for (size_t u = 0; u < n_unit; u++)
      for (size_t c = group.first; c < group.end; c++)
        prepare_column(job.x + c * job.n_in + u * kUnit,
                       columns[g * n_unit + u], c - group.first);
  }
}

// -- panels ------------------------------------------------------------------

template <int kSub, bool kLow>
struct alignas(64) Panel256 {
  uint8_t code[4096];
  int32_t scale[256 / kSub][16];
  int32_t low[kLow ? 128 / kSub : 1][16];  // two neighbouring ones
  float d[16];
  float low_d[16];
};

template <bool kLow>
struct alignas(64) Panel32 {
  uint8_t code[512];
  float d[16];
  float low[kLow ? 16 : 1];
};
