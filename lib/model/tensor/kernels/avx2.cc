// Kernels for AVX2 with F16C.
#include <immintrin.h>

#include "tensor/kernels/prelude.h"

namespace hug::tensor {
namespace {

#include "tensor/kernels/lanes_avx2.inl"

void decode_f16(const void* blocks, float* y, size_t n) {
  const auto* const in = static_cast<const uint8_t*>(blocks);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m128i half =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 2 * i));
    _mm256_storeu_ps(y + i, _mm256_cvtph_ps(half));
  }
  for (; i < n; i++)
    y[i] = f16_to_f32(static_cast<uint16_t>(in[2 * i] | (in[2 * i + 1] << 8)));
}

void encode_f16(const EncodeArgs& args) {
  auto* const out = static_cast<uint8_t*>(args.out);
  const size_t n = args.n_row * args.n_per_row;
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256 x = _mm256_loadu_ps(args.x + i);
    if (_mm256_movemask_ps(_mm256_cmp_ps(x, x, _CMP_UNORD_Q)) != 0) break;
    const __m128i half = _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 2 * i), half);
  }
  for (; i < n; i++) {  // the last few; all from the first NaN on
    const uint16_t half = f32_to_f16(args.x[i]);
    __builtin_memcpy(out + 2 * i, &half, sizeof half);
  }
}

#include "tensor/kernels/kernels.inl"

}  // namespace

constexpr KernelTable kTable = make_table();
const KernelTable kKernelsAvx2 = kTable;

}  // namespace hug::tensor
