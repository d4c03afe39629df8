// Columns as the row kernels want them: codes of eight bits, or f32 as they
// are.

/// The largest magnitude; a NaN if there is one.
HUG_LANE float largest(const float* x, int n) {
  int32_t most = 0;
  for (int i = 0; i < n; i++) {
    int32_t bits = 0;
    __builtin_memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7fffffff;
    most = most > bits ? most : bits;
  }
  return __builtin_bit_cast(float, most);
}

/// Codes of n elements; gives what one step is worth. Infinities and NaNs end
/// up in it, so that they reach the results.
HUG_LANE float quantize(const float* x, int n, int8_t* q) {
  const float most = largest(x, n);
  if (most < 0x1p-110F) {
    for (int i = 0; i < n; i++)
      q[i] = 0;
    return 0;
  }
  const float scale = 127.0F / most;
  constexpr float kRound = 0x1.8p23F;  // adding it rounds to a whole number
  for (int i = 0; i < n; i++) {
    const float shifted = x[i] * scale + kRound;
    int32_t bits = 0;
    __builtin_memcpy(&bits, &shifted, sizeof bits);
    q[i] = static_cast<int8_t>(bits - 0x4b400000);
  }
  return most / 127.0F;
}

/// An odd number of lines: columns do not meet in one set of the cache.
HUG_LANE size_t whole_lines(size_t bytes) {
  return ((bytes + 63) / 64 | 1) * 64;
}

size_t size_256(size_t n_in) {
  return whole_lines(n_in / 256 * sizeof(Column256));
}

void prepare_256(const float* x, size_t n_in, uint8_t* column) {
  auto* out = reinterpret_cast<Column256*>(column);
  for (size_t k = 0; k < n_in; k += 256, x += 256, out++) {
    out->d = quantize(x, 256, out->q);
    for (int g = 0; g < 16; g++) {
      int sum = 0;
      for (int i = 0; i < 16; i++)
        sum += out->q[16 * g + i];
      out->sum[g] = static_cast<int16_t>(sum);
    }
  }
}

size_t size_32(size_t n_in) {
  return whole_lines((n_in + 255) / 256 * sizeof(Column32));
}

void prepare_32(const float* x, size_t n_in, uint8_t* column) {
  auto* out = reinterpret_cast<Column32*>(column);
  size_t left = n_in / 32;
  for (; left > 0; out++) {
    const size_t n = left < 8 ? left : 8;
    if (n < 8) __builtin_memset(out, 0, sizeof *out);
    for (size_t b = 0; b < n; b++, x += 32) {
      out->d[b] = quantize(x, 32, out->q + 32 * b);
      int sum = 0;
      for (int i = 0; i < 32; i++)
        sum += out->q[32 * b + static_cast<size_t>(i)];
      out->sum[b] = out->d[b] * static_cast<float>(sum);
    }
    left -= n;
  }
}

size_t size_float(size_t n_in) {
  return whole_lines(n_in * sizeof(float));
}

void prepare_float(const float* x, size_t n_in, uint8_t* column) {
  __builtin_memcpy(column, x, n_in * sizeof(float));
}

constexpr RowKernel kColumn256 = {size_256, prepare_256, nullptr};
constexpr RowKernel kColumn32 = {size_32, prepare_32, nullptr};
constexpr RowKernel kColumnFloat = {size_float, prepare_float, nullptr};
