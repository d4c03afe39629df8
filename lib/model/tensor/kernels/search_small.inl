// Scales and mins of a super-block are numbers of 4 or 6 bits themselves. These
// are the searches for their common factor, over the 8 or 16 of one block.

/// x is about factor * level with levels 0..top. The levels are bytes: a
/// negative number wraps, and is then counted as what it became.
HUG_INLINE float search_factor(int n, int top, const float* x, const float* w,
                               uint8_t* level) {
  float max = 0.0F;
  for (int i = 0; i < n; i++)
    max = max > x[i] ? max : x[i];
  if (max < kTiny) {
    for (int i = 0; i < n; i++)
      level[i] = 0;
    return 0.0F;
  }
  const float whole = static_cast<float>(top);
  float inverse = whole / max;
  const float scale = 1.0F / inverse;
  float error = 0.0F;
  for (int i = 0; i < n; i++) {
    level[i] = static_cast<uint8_t>(nearest(inverse * x[i]));
    const float diff = x[i] - scale * static_cast<float>(level[i]);
    error += w[i] * diff * diff;
  }
  for (int s = -4; s <= 4; s++) {
    if (s == 0) continue;
    const float other = (0.1F * static_cast<float>(s) + whole) / max;
    const float other_scale = 1.0F / other;
    float e = 0.0F;
    for (int i = 0; i < n; i++) {
      int32_t l = nearest(other * x[i]);
      l = l < top ? l : top;
      const float diff = x[i] - other_scale * static_cast<float>(l);
      e += w[i] * diff * diff;
    }
    if (e < error) {
      error = e;
      inverse = other;
    }
  }
  float xl = 0.0F;
  float l2 = 0.0F;
  for (int i = 0; i < n; i++) {
    int32_t l = nearest(inverse * x[i]);
    l = l < top ? l : top;
    level[i] = static_cast<uint8_t>(l);
    const float f = static_cast<float>(l);
    xl += w[i] * x[i] * f;
    l2 += w[i] * f * f;
  }
  for (int sweep = 0; sweep < 5; sweep++) {
    bool moved = false;
    for (int i = 0; i < n; i++) {
      const float old = static_cast<float>(level[i]);
      float sxl = xl - w[i] * x[i] * old;
      float sl2 = l2 - w[i] * old * old;
      if (!(sxl > 0.0F && sl2 > 0.0F)) continue;
      int32_t l = nearest(x[i] * sl2 / sxl);
      l = l < top ? l : top;
      if (l == level[i]) continue;
      const float f = static_cast<float>(l);
      sxl += w[i] * x[i] * f;
      sl2 += w[i] * f * f;
      if (sxl * sxl * l2 > xl * xl * sl2) {
        level[i] = static_cast<uint8_t>(l);
        xl = sxl;
        l2 = sl2;
        moved = true;
      }
    }
    if (!moved) break;
  }
  return l2 > 0.0F ? xl / l2 : 0.0F;
}

/// As search_symmetric, over the 16 scales of a q3_K block: levels 0..63.
HUG_INLINE float search_signed_factor(const float* x, const float* w,
                                      uint8_t* level) {
  constexpr int n = 16;
  constexpr int32_t half = 32;
  float magnitude = 0.0F;
  float peak = 0.0F;
  for (int i = 0; i < n; i++) {
    const float a = x[i] < 0.0F ? -x[i] : x[i];
    if (a > magnitude) {
      magnitude = a;
      peak = x[i];
    }
  }
  for (int i = 0; i < n; i++)
    level[i] = 0;
  if (magnitude < kTiny) return 0.0F;
  float scale = 0.0F;
  float quality = 0.0F;
  float chosen = 0.0F;
  for (int k = -10; k <= 9; k++) {  // -10 stands for the plain first try
    if (k == 0) continue;
    const float step = k == -10 ? 0.0F : 0.1F * static_cast<float>(k);
    const float inverse = -(static_cast<float>(half) + step) / peak;
    float xl = 0.0F;
    float l2 = 0.0F;
    for (int i = 0; i < n; i++) {
      const int32_t l = clamp(nearest(inverse * x[i]), -half, half - 1);
      const float f = static_cast<float>(l);
      xl += w[i] * x[i] * f;
      l2 += w[i] * f * f;
    }
    const bool better = k == -10 || (l2 > 0.0F && xl * xl > quality * l2);
    if (!better) continue;
    scale = l2 != 0.0F ? xl / l2 : 0.0F;
    quality = scale * xl;
    chosen = inverse;
  }
  for (int i = 0; i < n; i++)
    level[i] = static_cast<uint8_t>(
        clamp(nearest(chosen * x[i]), -half, half - 1) + half);
  return scale;
}
