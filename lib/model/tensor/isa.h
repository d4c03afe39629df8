// Instruction sets that kernels are compiled for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "hug/result.h"

namespace hug::tensor {

/// In rising order. kAvx2 needs AVX2, FMA and F16C; kAvx512 needs F, BW, CD,
/// DQ and VL besides.
enum class Isa : std::uint8_t { kScalar, kAvx2, kAvx512 };

/// The best set that this machine (and this build) has; asked once.
Isa best_isa() noexcept;
/// "scalar", "avx2", "avx512".
std::string_view name(Isa isa) noexcept;
/// The set of that name, or nothing for an unknown one. Names of sets that the
/// machine lacks give the best one that it has.
std::optional<Isa> parse_isa(std::string_view text) noexcept;
/// What a user asked for: a name, or "auto" and "" for the best set.
/// Errors: kUsage for unknown names.
Result<Isa> choose_isa(std::string_view text);

}  // namespace hug::tensor
