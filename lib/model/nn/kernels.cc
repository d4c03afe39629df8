#include "nn/kernels.h"

#include <iterator>

namespace hug::nn {

#if defined(HUG_HAVE_X86_KERNELS)

namespace {

template <class Table>
auto in(const Table& table, tensor::DType type) noexcept
    -> decltype(&table.of[0]) {
  const auto id = static_cast<std::size_t>(type);
  if (id >= std::size(table.of)) return nullptr;
  return table.of[id].multiply == nullptr ? nullptr : &table.of[id];
}

// tensor::Isa promises neither.
bool has_vnni() noexcept {
  static const bool has = __builtin_cpu_supports("avx512vnni") != 0;
  return has;
}

// Intel's cores take four times as long for a product of pairs as for one of
// f32: there the exact way is the faster one.
bool has_fast_bf16() noexcept {
  static const bool has = __builtin_cpu_supports("avx512bf16") != 0 &&
                          __builtin_cpu_is("intel") == 0;
  return has;
}

}  // namespace

const RowKernel* find_row_kernel(tensor::DType type, tensor::Isa isa) noexcept {
  if (isa == tensor::Isa::kScalar) return nullptr;
  const bool wide = isa == tensor::Isa::kAvx512 && has_vnni();
  return in(wide ? kRowsAvx512 : kRowsAvx2, type);
}

const PanelKernel* find_panel_kernel(tensor::DType type,
                                     tensor::Isa isa) noexcept {
  if (isa == tensor::Isa::kScalar) return nullptr;
  const bool wide = isa == tensor::Isa::kAvx512;
  const PanelTable* const tables[] = {
      wide && has_fast_bf16() ? &kPanelsBf16 : nullptr,
      wide ? &kPanelsAvx512 : nullptr,
      wide && has_vnni() ? &kPanelsVnni : nullptr,
      &kPanelsAvx2,
  };
  for (const PanelTable* table : tables) {
    if (table == nullptr) continue;
    if (const PanelKernel* found = in(*table, type)) return found;
  }
  return wide ? &kPanelsAvx512.other : &kPanelsAvx2.other;
}

#else

const RowKernel* find_row_kernel(tensor::DType /*type*/,
                                 tensor::Isa /*isa*/) noexcept {
  return nullptr;
}

const PanelKernel* find_panel_kernel(tensor::DType /*type*/,
                                     tensor::Isa /*isa*/) noexcept {
  return nullptr;
}

#endif

}  // namespace hug::nn
