// What the sources of panels include first, besides the intrinsics: no header
// with inline functions (see panel.h).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "nn/kernels/panel.h"
#include "tensor/kernels/blocks.h"
#include "tensor/kernels/iq_grids.h"
#include "tensor/scalar.h"

#define HUG_LANE [[maybe_unused, gnu::always_inline]] inline
/// All iterations one after the other: their arrays become registers.
#define HUG_UNROLL _Pragma("GCC unroll 64")

namespace hug::nn {

/// kLow: scale * code - low. kBiased: scale * (code - kBias). kSigned: scale *
/// code, a signed byte.
enum class Kind { kLow, kBiased, kSigned };

/// Sums over 16 codes of the first two and of the last two of each four.
struct PairSums {
  int low;
  int high;
};

HUG_LANE int32_t two_words(int low, int high) {
  return static_cast<int32_t>((static_cast<uint32_t>(low) & 0xffffU) |
                              (static_cast<uint32_t>(high) << 16));
}

}  // namespace hug::nn
