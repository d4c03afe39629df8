// Instruction sets that kernels are compiled for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hug::tensor {

/// In rising order. kAvx2 needs AVX2, FMA and F16C; kAvx512 needs F, BW, CD,
/// DQ and VL besides.
enum class Isa : std::uint8_t { kScalar, kAvx2, kAvx512 };

/// The best set that this machine (and this build) has; asked once.
Isa best_isa() noexcept;
/// "scalar", "avx2", "avx512".
std::string_view name(Isa isa) noexcept;
/// The set named by HUG_ISA, or nothing for an unknown name. Names of sets
/// that the machine lacks give the best one that it has.
std::optional<Isa> parse_isa(std::string_view text) noexcept;

}  // namespace hug::tensor
