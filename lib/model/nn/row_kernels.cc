#include <iterator>

#include "nn/kernels.h"

namespace hug::nn {

namespace {

#if defined(HUG_HAVE_X86_KERNELS)
bool has_vnni() noexcept {
  static const bool has = __builtin_cpu_supports("avx512vnni") != 0;
  return has;
}
#endif

const RowTable* find_table(tensor::Isa isa) noexcept {
#if defined(HUG_HAVE_X86_KERNELS)
  if (isa == tensor::Isa::kAvx512 && has_vnni()) return &kRowsAvx512;
  if (isa != tensor::Isa::kScalar) return &kRowsAvx2;
#endif
  (void)isa;
  return nullptr;
}

}  // namespace

const RowKernel* find_row_kernel(tensor::DType type, tensor::Isa isa) noexcept {
  const RowTable* const table = find_table(isa);
  const auto id = static_cast<std::size_t>(type);
  if (table == nullptr || id >= std::size(table->of)) return nullptr;
  const RowKernel& kernel = table->of[id];
  return kernel.multiply == nullptr ? nullptr : &kernel;
}

}  // namespace hug::nn
