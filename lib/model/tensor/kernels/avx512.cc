// Kernels for AVX-512 (F, BW, CD, DQ, VL).
#include <immintrin.h>

#include "tensor/kernels/prelude.h"

namespace hug::tensor {
namespace {

#include "tensor/kernels/lanes_avx512.inl"

void decode_f16(const void* blocks, float* y, size_t n) {
  const auto* const in = static_cast<const uint8_t*>(blocks);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const __m256i half =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + 2 * i));
    _mm512_storeu_ps(y + i, _mm512_cvtph_ps(half));
  }
  for (; i < n; i++)
    y[i] = f16_to_f32(static_cast<uint16_t>(in[2 * i] | (in[2 * i + 1] << 8)));
}

void encode_f16(const EncodeArgs& args) {
  auto* const out = static_cast<uint8_t*>(args.out);
  const size_t n = args.n_row * args.n_per_row;
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const __m512 x = _mm512_loadu_ps(args.x + i);
    if (_mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q) != 0) break;
    const __m256i half = _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 2 * i), half);
  }
  for (; i < n; i++) {  // the last few; all from the first NaN on
    const uint16_t half = f32_to_f16(args.x[i]);
    __builtin_memcpy(out + 2 * i, &half, sizeof half);
  }
}

#include "tensor/kernels/kernels.inl"

}  // namespace

constexpr KernelTable kTable = make_table();
const KernelTable kKernelsAvx512 = kTable;

}  // namespace hug::tensor
