// Decoders of the i-quants: indices into grids of points, signs apart.

/// Eight signs of seven bits: the last makes the number of minuses even.
HUG_LANE uint32_t even_signs(uint32_t code) {
  const auto odd = static_cast<uint32_t>(__builtin_popcount(code) & 1);
  return code | (odd << 7);
}

HUG_LANE float signed_value(float v, uint32_t signs, int i) {
  return ((signs >> i) & 1U) != 0 ? -v : v;
}

/// Eight values of a 2-bit grid.
HUG_LANE void put_8(const uint8_t* grid, uint32_t signs, float d, float* y) {
  for (int i = 0; i < 8; i++)
    y[i] = signed_value(d * static_cast<float>(grid[i]), signs, i);
}

/// Four values of a 3-bit grid.
HUG_LANE void put_4(const uint8_t* grid, uint32_t signs, float d, float* y) {
  for (int i = 0; i < 4; i++)
    y[i] = signed_value(d * static_cast<float>(grid[i]), signs, i);
}

void decode_iq2_xxs(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockIq2Xxs*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    for (int g = 0; g < 8; g++) {
      const uint8_t* const index = b->qs + 8 * g;
      const uint32_t rest = get_u32(index + 4);
      const float db = d * (0.5F + static_cast<float>(rest >> 28)) * 0.25F;
      for (int l = 0; l < 4; l++)
        put_8(kIqGrids.iq2xxs[index[l]], even_signs((rest >> (7 * l)) & 127U),
              db, y + 32 * g + 8 * l);
    }
  }
}

void decode_iq2_xs(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockIq2Xs*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    for (int k = 0; k < 32; k++) {
      const int s = (b->scales[k / 4] >> (k % 4 < 2 ? 0 : 4)) & 15;
      const float db = d * (0.5F + static_cast<float>(s)) * 0.25F;
      const uint32_t q = get_u16(b->qs[k]);
      put_8(kIqGrids.iq2xs[q & 511U], even_signs(q >> 9), db, y + 8 * k);
    }
  }
}

void decode_iq2_s(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockIq2S*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    for (int k = 0; k < 32; k++) {
      const int s = (b->scales[k / 4] >> (k % 4 < 2 ? 0 : 4)) & 15;
      const float db = d * (0.5F + static_cast<float>(s)) * 0.25F;
      const int high = (b->qh[k / 4] >> (2 * (k % 4))) & 3;
      put_8(kIqGrids.iq2s[b->qs[k] | (high << 8)], b->qs[32 + k], db,
            y + 8 * k);
    }
  }
}

void decode_iq3_xxs(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockIq3Xxs*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    for (int g = 0; g < 8; g++) {
      const uint32_t rest = get_u32(b->qs + 64 + 4 * g);
      const float db = d * (0.5F + static_cast<float>(rest >> 28)) * 0.5F;
      for (int l = 0; l < 8; l++) {
        const uint32_t signs = even_signs((rest >> (7 * (l / 2))) & 127U);
        put_4(kIqGrids.iq3xxs[b->qs[8 * g + l]], signs >> (4 * (l % 2)), db,
              y + 32 * g + 4 * l);
      }
    }
  }
}

void decode_iq3_s(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockIq3S*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    for (int g = 0; g < 8; g++) {
      const int s = (b->scales[g / 2] >> (4 * (g % 2))) & 15;
      const float db = d * static_cast<float>(1 + 2 * s);
      for (int l = 0; l < 8; l++) {
        const int index = b->qs[8 * g + l] | (((b->qh[g] >> l) & 1) << 8);
        const uint32_t signs = b->signs[4 * g + l / 2];
        put_4(kIqGrids.iq3s[index], signs >> (4 * (l % 2)), db,
              y + 32 * g + 4 * l);
      }
    }
  }
}

/// Eight values of the ternary grid, all moved by an eighth.
HUG_LANE void put_ternary(const int8_t* grid, bool minus, float d, float* y) {
  const float delta = minus ? -0.125F : 0.125F;
  for (int i = 0; i < 8; i++)
    y[i] = d * (static_cast<float>(grid[i]) + delta);
}

void decode_iq1_s(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockIq1S*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    for (int g = 0; g < 8; g++) {
      const int qh = get_u16(b->qh[g]);
      const float scale = d * static_cast<float>(2 * ((qh >> 12) & 7) + 1);
      for (int l = 0; l < 4; l++) {
        const int index = b->qs[4 * g + l] | (((qh >> (3 * l)) & 7) << 8);
        put_ternary(kIqGrids.iq1s[index], (qh & 0x8000) != 0, scale,
                    y + 32 * g + 8 * l);
      }
    }
  }
}

/// The scale of an iq1_m block lies in the top halves of its four words.
HUG_LANE float scale_iq1_m(const BlockIq1M& b) {
  int bits = 0;
  for (int k = 0; k < 4; k++)
    bits |= (b.scales[2 * k + 1] >> 4) << (4 * k);
  return f16_to_f32(static_cast<uint16_t>(bits));
}

void decode_iq1_m(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockIq1M*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = scale_iq1_m(*b);
    for (int k = 0; k < 16; k++) {
      const int word =
          b->scales[2 * (k / 4)] | (b->scales[2 * (k / 4) + 1] << 8);
      const int s = (word >> (3 * (k % 4))) & 7;
      const float scale = d * static_cast<float>(2 * s + 1);
      for (int l = 0; l < 2; l++) {
        const int high = b->qh[k] >> (4 * l);
        const int index = b->qs[2 * k + l] | ((high & 7) << 8);
        put_ternary(kIqGrids.iq1s[index], (high & 8) != 0, scale,
                    y + 16 * k + 8 * l);
      }
    }
  }
}
