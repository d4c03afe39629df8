// Kernels for any machine.
#include "tensor/kernels/prelude.h"

namespace hug::tensor {
namespace {

#include "tensor/kernels/lanes_portable.inl"

void decode_f16(const void* blocks, float* y, size_t n) {
  const auto* const in = static_cast<const Half*>(blocks);
  for (size_t i = 0; i < n; i++)
    y[i] =
        f16_to_f32(static_cast<uint16_t>(in[i].byte[0] | (in[i].byte[1] << 8)));
}

void encode_f16(const EncodeArgs& args) {
  auto* const out = static_cast<Half*>(args.out);
  const size_t n = args.n_row * args.n_per_row;
  for (size_t i = 0; i < n; i++) {
    const uint16_t half = f32_to_f16(args.x[i]);
    out[i] = {{static_cast<uint8_t>(half), static_cast<uint8_t>(half >> 8)}};
  }
}

#include "tensor/kernels/kernels.inl"

}  // namespace

constexpr KernelTable kTable = make_table();
const KernelTable kKernelsScalar = kTable;

}  // namespace hug::tensor
