// Panels of floats: rows as f32, columns as they are. Types without integers
// of their own are decoded.

struct alignas(64) FloatPanel {
  float value[16];
};

struct FloatColumns {
  float value[kColumns];
};

/// 16 rows from element k on to f32, from 32 bytes of each row at a time.
template <class T>
HUG_LANE void put_floats(const uint8_t* const* row, size_t k, size_t n,
                         FloatPanel* p) {
  constexpr size_t kStep = 32 / T::kSize;
  size_t i = 0;
  for (; i + kStep <= n; i += kStep)
    T::put_step(row, (k + i) * T::kSize, p + i);
  if (i == n) return;
  // The last few: not a byte behind the end is read.
  alignas(64) uint8_t rest[16][32] = {};
  const uint8_t* end[16];
  for (size_t r = 0; r < 16; r++) {
    __builtin_memcpy(rest[r], row[r] + (k + i) * T::kSize, (n - i) * T::kSize);
    end[r] = rest[r];
  }
  FloatPanel last[kStep];
  T::put_step(end, 0, last);
  for (size_t j = 0; i + j < n; j++)
    p[i + j] = last[j];
}

struct FloatF32 {
  static constexpr size_t kSize = 4;

  HUG_LANE static void put_step(const uint8_t* const* row, size_t at,
                                FloatPanel* p) {
    Codes z[8];
    load_8(row, at, z);
    HUG_UNROLL for (int g = 0; g < 8; g++) put(p[g].value, z[g]);
  }
};

struct FloatF16 {
  static constexpr size_t kSize = 2;

  HUG_LANE static void put_step(const uint8_t* const* row, size_t at,
                                FloatPanel* p) {
    Codes z[8];
    load_8(row, at, z);
    HUG_UNROLL for (int g = 0; g < 8; g++) put_f16(p[2 * g].value, z[g]);
  }
};

struct FloatBf16 {
  static constexpr size_t kSize = 2;

  HUG_LANE static void put_step(const uint8_t* const* row, size_t at,
                                FloatPanel* p) {
    Codes z[8];
    load_8(row, at, z);
    HUG_UNROLL for (int g = 0; g < 8; g++) put_bf16(p[2 * g].value, z[g]);
  }
};

void prepare_floats(const ColumnJob& job) {
  auto* const columns = reinterpret_cast<FloatColumns*>(job.columns);
  for (size_t g = job.begin; g < job.end; g++) {
    const Group group = group_of(job.n_column, g);
    const size_t width = group.end - group.first;
    const float* const x = job.x + group.first * job.n_in;
    FloatColumns* const to = columns + g * job.n_in;
    for (size_t k = 0; k < job.n_in; k++)
      for (size_t c = 0; c < width; c++)
        to[k].value[c] = x[c * job.n_in + k];
  }
}

/// What the policies of multiply() share.
struct FloatBase {
  using Panel = FloatPanel;
  using Columns = FloatColumns;
  static constexpr size_t kUnit = 1;
  static constexpr size_t kDepth = 512;
  static constexpr size_t kTile = kTilePanels;
  static constexpr auto prepare = prepare_floats;

  template <int kN>
  HUG_LANE static void tile(const Panel* w, size_t next, const Columns* a,
                            size_t n, float* sums, bool first) {
    tile_float<kN>(&w->value, next, &a->value, n, sums, first);
  }
};

template <class T>
struct Floats : FloatBase {
  static constexpr size_t kExtra = 0;

  static void pack(const PanelJob& job, const uint8_t* const* row, size_t first,
                   size_t n, Panel* p, uint8_t*) {
    prefetch_next(job, row, first * T::kSize, n * T::kSize);
    put_floats<T>(row, first, n, p);
  }
};

/// Any type: rows decoded first. kDepth is a multiple of all blocks.
struct Decoded : FloatBase {
  static constexpr size_t kExtra = 16 * kDepth * sizeof(float);

  static void pack(const PanelJob& job, const uint8_t* const* row, size_t first,
                   size_t n, Panel* p, uint8_t* extra) {
    const size_t at = first / job.block * job.block_size;
    const size_t bytes = n / job.block * job.block_size;
    const uint8_t* decoded[16];
    for (size_t r = 0; r < 16; r++) {
      uint8_t* const to = extra + r * kDepth * sizeof(float);
      job.decode(job.type, row[r] + at, bytes, reinterpret_cast<float*>(to), n);
      decoded[r] = to;
    }
    put_floats<FloatF32>(decoded, 0, n, p);
  }
};

constexpr void add_floats(PanelTable& t) {
  t.of[static_cast<size_t>(DType::kF32)] = kernel<Floats<FloatF32>>();
  t.of[static_cast<size_t>(DType::kF16)] = kernel<Floats<FloatF16>>();
  t.of[static_cast<size_t>(DType::kBf16)] = kernel<Floats<FloatBf16>>();
  t.other = kernel<Decoded>();
}
