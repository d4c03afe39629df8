// Decoders of floats and of block types other than the i-quants: one loop a
// type over its blocks, each product and sum a single operation.

void decode_f32(const void* blocks, float* y, size_t n) {
  __builtin_memcpy(y, blocks, n * sizeof(float));
}

void decode_bf16(const void* blocks, float* y, size_t n) {
  const auto* const in = static_cast<const uint8_t*>(blocks);
  for (size_t i = 0; i < n; i++) {
    uint16_t half = 0;
    __builtin_memcpy(&half, in + 2 * i, sizeof half);
    const uint32_t bits = static_cast<uint32_t>(half) << 16;
    __builtin_memcpy(y + i, &bits, sizeof bits);
  }
}

void decode_q4_0(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ4_0*>(blocks);
  for (const float* const end = y + n; y != end; y += 32, b++) {
    const float d = get_half(b->d);
    for (int i = 0; i < 16; i++) {
      y[i] = static_cast<float>((b->qs[i] & 15) - 8) * d;
      y[i + 16] = static_cast<float>((b->qs[i] >> 4) - 8) * d;
    }
  }
}

void decode_q4_1(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ4_1*>(blocks);
  for (const float* const end = y + n; y != end; y += 32, b++) {
    const float d = get_half(b->d);
    const float m = get_half(b->m);
    for (int i = 0; i < 16; i++) {
      y[i] = static_cast<float>(b->qs[i] & 15) * d + m;
      y[i + 16] = static_cast<float>(b->qs[i] >> 4) * d + m;
    }
  }
}

HUG_LANE int fifth_bit(uint32_t bits, int i) {
  return static_cast<int>(((bits >> i) & 1U) << 4);
}

void decode_q5_0(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ5_0*>(blocks);
  for (const float* const end = y + n; y != end; y += 32, b++) {
    const float d = get_half(b->d);
    const uint32_t qh = get_u32(b->qh);
    for (int i = 0; i < 16; i++) {
      const int low = (b->qs[i] & 15) | fifth_bit(qh, i);
      const int high = (b->qs[i] >> 4) | fifth_bit(qh, i + 16);
      y[i] = static_cast<float>(low - 16) * d;
      y[i + 16] = static_cast<float>(high - 16) * d;
    }
  }
}

void decode_q5_1(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ5_1*>(blocks);
  for (const float* const end = y + n; y != end; y += 32, b++) {
    const float d = get_half(b->d);
    const float m = get_half(b->m);
    const uint32_t qh = get_u32(b->qh);
    for (int i = 0; i < 16; i++) {
      const int low = (b->qs[i] & 15) | fifth_bit(qh, i);
      const int high = (b->qs[i] >> 4) | fifth_bit(qh, i + 16);
      y[i] = static_cast<float>(low) * d + m;
      y[i + 16] = static_cast<float>(high) * d + m;
    }
  }
}

template <class Block>
HUG_LANE void decode_bytes(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const Block*>(blocks);
  for (const float* const end = y + n; y != end; y += 32, b++) {
    const float d = get_half(b->d);
    for (int i = 0; i < 32; i++)
      y[i] = static_cast<float>(b->qs[i]) * d;
  }
}

void decode_q8_0(const void* blocks, float* y, size_t n) {
  decode_bytes<BlockQ8_0>(blocks, y, n);
}

void decode_q8_1(const void* blocks, float* y, size_t n) {
  decode_bytes<BlockQ8_1>(blocks, y, n);
}

void decode_q8_k(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ8K*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    float d = 0;
    __builtin_memcpy(&d, b->d, sizeof d);
    for (int i = 0; i < 256; i++)
      y[i] = d * static_cast<float>(b->qs[i]);
  }
}

// -- k-quants ----------------------------------------------------------------

void decode_q2_k(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ2K*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    const float dmin = get_half(b->dmin);
    for (int k = 0; k < 16; k++) {
      const float scale = d * static_cast<float>(b->scales[k] & 15);
      const float low = dmin * static_cast<float>(b->scales[k] >> 4);
      const uint8_t* const q = b->qs + 32 * (k / 8) + 16 * (k % 2);
      const int shift = 2 * (k % 8 / 2);
      for (int i = 0; i < 16; i++)
        y[16 * k + i] = scale * static_cast<float>((q[i] >> shift) & 3) - low;
    }
  }
}

HUG_LANE int scale_q3_k(const uint8_t* s, int k) {
  const int low = k < 8 ? s[k] & 15 : s[k - 8] >> 4;
  return (low | (((s[8 + k % 4] >> (2 * (k / 4))) & 3) << 4)) - 32;
}

void decode_q3_k(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ3K*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    for (int k = 0; k < 16; k++) {
      const float scale = d * static_cast<float>(scale_q3_k(b->scales, k));
      const uint8_t* const q = b->qs + 32 * (k / 8) + 16 * (k % 2);
      const uint8_t* const h = b->hmask + 16 * (k % 2);
      const int shift = 2 * (k % 8 / 2);
      for (int i = 0; i < 16; i++) {
        const int high = ((h[i] >> (k / 2)) & 1) << 2;
        const int level = (((q[i] >> shift) & 3) | high) - 4;
        y[16 * k + i] = scale * static_cast<float>(level);
      }
    }
  }
}

HUG_LANE int scale_k4(const uint8_t* s, int g) {
  return g < 4 ? s[g] & 63 : (s[g + 4] & 15) | ((s[g - 4] >> 6) << 4);
}

HUG_LANE int low_k4(const uint8_t* s, int g) {
  return g < 4 ? s[g + 4] & 63 : (s[g + 4] >> 4) | ((s[g] >> 6) << 4);
}

void decode_q4_k(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ4K*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    const float dmin = get_half(b->dmin);
    for (int g = 0; g < 8; g++) {
      const float scale = d * static_cast<float>(scale_k4(b->scales, g));
      const float low = dmin * static_cast<float>(low_k4(b->scales, g));
      const uint8_t* const q = b->qs + 32 * (g / 2);
      const int shift = 4 * (g % 2);
      for (int i = 0; i < 32; i++)
        y[32 * g + i] = scale * static_cast<float>((q[i] >> shift) & 15) - low;
    }
  }
}

void decode_q5_k(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ5K*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    const float dmin = get_half(b->dmin);
    for (int g = 0; g < 8; g++) {
      const float scale = d * static_cast<float>(scale_k4(b->scales, g));
      const float low = dmin * static_cast<float>(low_k4(b->scales, g));
      const uint8_t* const q = b->qs + 32 * (g / 2);
      const int shift = 4 * (g % 2);
      for (int i = 0; i < 32; i++) {
        const int level = ((q[i] >> shift) & 15) | (((b->qh[i] >> g) & 1) << 4);
        y[32 * g + i] = scale * static_cast<float>(level) - low;
      }
    }
  }
}

void decode_q6_k(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ6K*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    for (int k = 0; k < 16; k++) {
      const float scale = d * static_cast<float>(b->scales[k]);
      const int quarter = k % 8 / 2;  // 32 elements each
      const uint8_t* const ql =
          b->ql + 64 * (k / 8) + 32 * (quarter % 2) + 16 * (k % 2);
      const uint8_t* const qh = b->qh + 32 * (k / 8) + 16 * (k % 2);
      const int shift = 4 * (quarter / 2);
      for (int i = 0; i < 16; i++) {
        const int level =
            ((ql[i] >> shift) & 15) | (((qh[i] >> (2 * quarter)) & 3) << 4);
        y[16 * k + i] = scale * static_cast<float>(level - 32);
      }
    }
  }
}

// -- ternary, 1 and 2 bits, 4-bit floats
// ----------------------------------------

/// Digit n of a byte of balanced ternary digits, as -1, 0, 1.
HUG_LANE int trit(uint8_t byte, int n) {
  constexpr int kPower[5] = {1, 3, 9, 27, 81};
  const auto rest = static_cast<uint8_t>(byte * kPower[n]);
  return ((rest * 3) >> 8) - 1;
}

void decode_tq1_0(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockTq1_0*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    for (int k = 0; k < 5; k++) {
      for (int i = 0; i < 32; i++)
        y[32 * k + i] = static_cast<float>(trit(b->qs[i], k)) * d;
      for (int i = 0; i < 16; i++)
        y[160 + 16 * k + i] = static_cast<float>(trit(b->qs[32 + i], k)) * d;
    }
    for (int k = 0; k < 4; k++)
      for (int i = 0; i < 4; i++)
        y[240 + 4 * k + i] = static_cast<float>(trit(b->qh[i], k)) * d;
  }
}

void decode_tq2_0(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockTq2_0*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    for (int k = 0; k < 8; k++)
      for (int i = 0; i < 32; i++) {
        const int q = (b->qs[32 * (k / 4) + i] >> (2 * (k % 4))) & 3;
        y[32 * k + i] = static_cast<float>(q - 1) * d;
      }
  }
}

void decode_q1_0(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ1_0*>(blocks);
  for (const float* const end = y + n; y != end; y += 128, b++) {
    const float d = get_half(b->d);
    for (int i = 0; i < 128; i++)
      y[i] = ((b->bits[i / 8] >> (i % 8)) & 1) != 0 ? d : -d;
  }
}

void decode_q2_0(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ2_0*>(blocks);
  for (const float* const end = y + n; y != end; y += 64, b++) {
    const float d = get_half(b->d);
    for (int i = 0; i < 64; i++) {
      const int q = (b->qs[i / 4] >> (2 * (i % 4))) & 3;
      y[i] = static_cast<float>(q - 1) * d;
    }
  }
}

void decode_mxfp4(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockMxfp4*>(blocks);
  for (const float* const end = y + n; y != end; y += 32, b++) {
    const float d = e8m0_to_f32_half(b->e);
    for (int i = 0; i < 16; i++) {
      y[i] = kFp4Values[b->qs[i] & 15] * d;
      y[i + 16] = kFp4Values[b->qs[i] >> 4] * d;
    }
  }
}

void decode_nvfp4(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockNvfp4*>(blocks);
  for (const float* const end = y + n; y != end; y += 64, b++)
    for (int s = 0; s < 4; s++) {
      const float d = ue4m3_to_f32_half(b->d[s]);
      for (int i = 0; i < 8; i++) {
        const uint8_t q = b->qs[8 * s + i];
        y[16 * s + i] = kFp4Values[q & 15] * d;
        y[16 * s + i + 8] = kFp4Values[q >> 4] * d;
      }
    }
}

// -- sixteen unequal levels
// ------------------------------------------------------

void decode_iq4_nl(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockQ4_0*>(blocks);
  for (const float* const end = y + n; y != end; y += 32, b++) {
    const float d = get_half(b->d);
    for (int i = 0; i < 16; i++) {
      y[i] = d * kIq4Values[b->qs[i] & 15];
      y[i + 16] = d * kIq4Values[b->qs[i] >> 4];
    }
  }
}

void decode_iq4_xs(const void* blocks, float* y, size_t n) {
  const auto* b = static_cast<const BlockIq4Xs*>(blocks);
  for (const float* const end = y + n; y != end; y += 256, b++) {
    const float d = get_half(b->d);
    const int high = get_u16(b->scales_h);
    for (int g = 0; g < 8; g++) {
      const int low = (b->scales_l[g / 2] >> (4 * (g % 2))) & 15;
      const int l = (low | (((high >> (2 * g)) & 3) << 4)) - 32;
      const float scale = d * static_cast<float>(l);
      for (int i = 0; i < 16; i++) {
        const uint8_t q = b->qs[16 * g + i];
        y[32 * g + i] = scale * kIq4Values[q & 15];
        y[32 * g + i + 16] = scale * kIq4Values[q >> 4];
      }
    }
  }
}
