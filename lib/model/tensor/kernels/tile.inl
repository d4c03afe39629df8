// A few super-blocks laid out for the searches: group g of the tile is lane
// g % kLanes of chunk g / kLanes.

constexpr int kSuper = 256;

template <int n>
struct Tile {
  static constexpr int kGroups = kSuper / n;  // of a super-block
  static constexpr int kBlocks = kLanes > kGroups ? kLanes / kGroups : 1;
  static constexpr int kChunks = kBlocks * kGroups / kLanes;

  alignas(64) float x[kChunks][n * kLanes];
  alignas(64) float w[kChunks][n * kLanes];
  alignas(64) uint8_t level[kChunks][n * kLanes];
  // One a group; what the search found, then what the block will say.
  alignas(64) float scale[kBlocks * kGroups];
  alignas(64) float low[kBlocks * kGroups];
  alignas(64) float inverse[kBlocks * kGroups];
  alignas(64) float origin[kBlocks * kGroups];
  alignas(64) float weight[kBlocks * kGroups];  // sum over the group
  int blocks = 0;                               // in use
};

/// Puts groups in lanes. `from` holds the tile's super-blocks one after the
/// other; the last one is repeated where there are fewer than fit.
template <int n>
HUG_LANE void transpose(const float* from, int blocks,
                        float (*to)[n * kLanes]) {
  using T = Tile<n>;
  for (int g = 0; g < T::kBlocks * T::kGroups; g++) {
    const int b = g / T::kGroups;
    const float* const x =
        from + (b < blocks ? g : (blocks - 1) * T::kGroups) * n;
    float* const lane = to[g / kLanes] + g % kLanes;
    for (int i = 0; i < n; i++)
      lane[i * kLanes] = x[i];
  }
}

/// The importance of each element, times how far it stands out.
template <int n>
HUG_LANE void weigh(const EncodeArgs& args, size_t first_block,
                    float sigma_factor, Tile<n>& t) {
  alignas(64) float qw[Tile<n>::kBlocks * kSuper];
  alignas(64) float sigma2[Tile<n>::kBlocks * Tile<n>::kGroups];
  for (int b = 0; b < Tile<n>::kBlocks; b++) {
    const int used = b < t.blocks ? b : t.blocks - 1;
    const size_t at = (first_block + static_cast<size_t>(used)) * kSuper;
    const float* const w = args.importance + at % args.n_per_row;
    __builtin_memcpy(qw + b * kSuper, w, kSuper * sizeof(float));
    const float sum = sum_of_squares(args.x + at, kSuper);
    for (int g = 0; g < Tile<n>::kGroups; g++)
      sigma2[b * Tile<n>::kGroups + g] = sigma_factor * sum / kSuper;
  }
  transpose<n>(qw, Tile<n>::kBlocks, t.w);
  for (int c = 0; c < Tile<n>::kChunks; c++) {
    const F sigma = load(sigma2 + c * kLanes);
    F sum = set(0.0F);
    for (int i = 0; i < n * kLanes; i += kLanes) {
      const F x = load(t.x[c] + i);
      const F w = load(t.w[c] + i) * square_root(sigma + x * x);
      store(t.w[c] + i, w);
      sum = sum + w;
    }
    store(t.weight + c * kLanes, sum);
  }
}

/// Plain copies of the importance as weights (q6_K).
template <int n>
HUG_LANE void take_importance(const EncodeArgs& args, size_t first_block,
                              Tile<n>& t) {
  alignas(64) float qw[Tile<n>::kBlocks * kSuper];
  for (int b = 0; b < t.blocks; b++) {
    const size_t at = (first_block + static_cast<size_t>(b)) * kSuper;
    __builtin_memcpy(qw + b * kSuper, args.importance + at % args.n_per_row,
                     kSuper * sizeof(float));
  }
  transpose<n>(qw, t.blocks, t.w);
}

template <int n>
HUG_LANE void weigh_by_square(Tile<n>& t) {
  for (int c = 0; c < Tile<n>::kChunks; c++)
    for (int i = 0; i < n * kLanes; i += kLanes) {
      const F x = load(t.x[c] + i);
      store(t.w[c] + i, x * x);
    }
}

/// The levels of one super-block in the order of its elements.
template <int n>
HUG_LANE void gather_levels(const Tile<n>& t, int block, uint8_t* out) {
  for (int g = 0; g < Tile<n>::kGroups; g++) {
    const int at = block * Tile<n>::kGroups + g;
    const uint8_t* const lane = t.level[at / kLanes] + at % kLanes;
    for (int i = 0; i < n; i++)
      out[g * n + i] = lane[i * kLanes];
  }
}

/// The largest of 0 and x[0..n).
HUG_LANE float largest(const float* x, int n) {
  float max = 0.0F;
  for (int i = 0; i < n; i++)
    max = x[i] > max ? x[i] : max;
  return max;
}

/// The first value of the largest magnitude.
HUG_LANE float first_peak(const float* x, int n) {
  float magnitude = 0.0F;
  float peak = 0.0F;
  for (int i = 0; i < n; i++) {
    const float a = x[i] < 0.0F ? -x[i] : x[i];
    if (a > magnitude) {
      magnitude = a;
      peak = x[i];
    }
  }
  return peak;
}
