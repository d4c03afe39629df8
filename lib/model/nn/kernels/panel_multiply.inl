// A strip of rows times groups of columns, whatever the panel holds. A policy
// P says how:
//   Panel, Columns  one unit of 16 rows, of kColumns columns
//   kUnit           elements of a unit
//   kDepth          units unpacked at once: what then stays in the caches
//   kExtra          bytes of scratch for pack()
//   pack()          units of 16 rows from their blocks
//   tile<n>()       kTile panels side by side times n columns

constexpr size_t kStrips = 4;
constexpr size_t kRows = 16 * kStrips;

HUG_LANE size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

HUG_LANE size_t over(size_t a, size_t b) {
  return (a + b - 1) / b;
}

/// Columns [first, end) of one group.
struct Group {
  size_t first;
  size_t end;
};

HUG_LANE Group group_of(size_t n_column, size_t g) {
  const size_t count = over(n_column, kColumns);
  return {n_column * g / count, n_column * (g + 1) / count};
}

template <class P>
size_t columns_size(size_t n_in, size_t n_column) {
  return over(n_column, kColumns) * over(n_in, P::kUnit) *
         sizeof(typename P::Columns);
}

/// Sums of one group: (kStrips, kColumns, 16).
constexpr size_t kSums = kRows * kColumns;

template <class P>
size_t panel_bytes(size_t n_in) {
  const size_t depth = smaller(over(n_in, P::kUnit), P::kDepth);
  return over(kStrips * depth * sizeof(typename P::Panel) + P::kExtra, 64) * 64;
}

template <class P>
size_t scratch_size(size_t n_in, size_t n_group) {
  const bool once = over(n_in, P::kUnit) <= P::kDepth;
  return panel_bytes<P>(n_in) + (once ? 1 : n_group) * kSums * sizeof(float);
}

template <class P>
HUG_LANE void tile(size_t width, const typename P::Panel* w, size_t next,
                   const typename P::Columns* a, size_t n, float* sums,
                   bool first) {
  switch (width) {
    case 1:
      return P::template tile<1>(w, next, a, n, sums, first);
    case 2:
      return P::template tile<2>(w, next, a, n, sums, first);
    case 3:
      return P::template tile<3>(w, next, a, n, sums, first);
    case 4:
      return P::template tile<4>(w, next, a, n, sums, first);
    case 5:
      return P::template tile<5>(w, next, a, n, sums, first);
    case 6:
      return P::template tile<6>(w, next, a, n, sums, first);
    default:
      break;
  }
  if constexpr (kColumns == 8) {
    if (width == 7) return P::template tile<7>(w, next, a, n, sums, first);
    P::template tile<8>(w, next, a, n, sums, first);
  }
}

/// The sums of one group to their places, with the bias.
HUG_LANE void store(const PanelJob& job, Group group, const float* sums) {
  for (size_t c = group.first; c < group.end; c++) {
    float* const y = job.y + c * job.y_stride;
    for (size_t r = 0; r < job.n_row; r += 16) {
      const float* const s = sums + r * kColumns + 16 * (c - group.first);
      const size_t n = smaller(job.n_row - r, 16);
      for (size_t i = 0; i < n; i++)
        y[r + i] = s[i] + (job.bias == nullptr ? 0.0F : job.bias[r + i]);
    }
  }
}

/// Asks for what stands at `at` of the 16 rows after these: rows lie too far
/// apart for the processor to foresee them. Behind the last row there is
/// nothing to find, which does no harm.
HUG_LANE void prefetch_next(const PanelJob& job, const uint8_t* const* row,
                            size_t at, size_t bytes) {
  for (size_t r = 0; r < 16; r++) {
    const auto next = reinterpret_cast<uintptr_t>(row[r]) + 16 * job.row_size;
    for (size_t i = 0; i < bytes; i += 64)
      _mm_prefetch(reinterpret_cast<const char*>(next + at + i), _MM_HINT_T1);
  }
}

template <class P>
void multiply(const PanelJob& job) {
  const uint8_t* row[kRows];
  for (size_t r = 0; r < kRows; r++)  // the last row stands in for missing ones
    row[r] = job.rows + smaller(r, job.n_row - 1) * job.row_size;
  const size_t n_unit = over(job.n_in, P::kUnit);
  const size_t depth = smaller(n_unit, P::kDepth);
  auto* const panel = reinterpret_cast<typename P::Panel*>(job.scratch);
  uint8_t* const extra =
      job.scratch + kStrips * depth * sizeof(typename P::Panel);
  float* const sums =
      reinterpret_cast<float*>(job.scratch + panel_bytes<P>(job.n_in));
  const auto* const columns =
      reinterpret_cast<const typename P::Columns*>(job.columns);
  const size_t tiles = over(job.n_row, 16 * P::kTile);
  for (size_t u = 0; u < n_unit; u += depth) {
    const size_t n = smaller(depth, n_unit - u);
    for (size_t s = 0; s < tiles * P::kTile; s++)
      P::pack(job, row + 16 * s, u, n, panel + s * depth, extra);
    for (size_t g = job.begin; g < job.end; g++) {
      const Group group = group_of(job.n_column, g);
      float* const to = sums + (n_unit > depth ? g - job.begin : 0) * kSums;
      for (size_t t = 0; t < tiles; t++)
        tile<P>(group.end - group.first, panel + t * P::kTile * depth, depth,
                columns + g * n_unit + u, n, to + t * P::kTile * 16 * kColumns,
                u == 0);
      if (u + n == n_unit) store(job, group, to);
    }
  }
}

template <class P>
constexpr PanelKernel kernel() {
  return {kRows,      kColumns,        columns_size<P>,
          P::prepare, scratch_size<P>, multiply<P>};
}
