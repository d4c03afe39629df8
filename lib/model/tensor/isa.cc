#include "tensor/isa.h"

#include "base/strings.h"

namespace hug::tensor {
namespace {

Isa detect() noexcept {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") != 0 &&
                    __builtin_cpu_supports("fma") != 0 &&
                    __builtin_cpu_supports("bmi2") != 0;
  const bool avx512 = __builtin_cpu_supports("avx512f") != 0 &&
                      __builtin_cpu_supports("avx512bw") != 0 &&
                      __builtin_cpu_supports("avx512cd") != 0 &&
                      __builtin_cpu_supports("avx512dq") != 0 &&
                      __builtin_cpu_supports("avx512vl") != 0;
  if (avx2 && avx512) return Isa::kAvx512;
  if (avx2) return Isa::kAvx2;
#endif
  return Isa::kScalar;
}

}  // namespace

Isa best_isa() noexcept {
  static const Isa best = detect();
  return best;
}

std::string_view name(Isa isa) noexcept {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
  }
  return "scalar";
}

std::optional<Isa> parse_isa(std::string_view text) noexcept {
  for (const Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512})
    if (base::equal_ignoring_case(text, name(isa)))
      return isa < best_isa() ? isa : best_isa();
  return std::nullopt;
}

Result<Isa> choose_isa(std::string_view text) {
  if (text.empty() || base::equal_ignoring_case(text, "auto"))
    return best_isa();
  if (const auto isa = parse_isa(text)) return *isa;
  return Error(Code::kUsage,
               "there is no instruction set '" + std::string(text) + "'")
      .hint("set HUG_ISA to scalar, avx2, avx512 or auto");
}

}  // namespace hug::tensor
