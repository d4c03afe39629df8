// What the sources of row products include first, besides the intrinsics: no
// header with inline functions (see rows.h).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "nn/kernels/rows.h"
#include "tensor/dtype_id.h"
#include "tensor/kernels/blocks.h"
#include "tensor/kernels/iq_grids.h"

#define HUG_LANE [[maybe_unused, gnu::always_inline]] inline
#define HUG_LANE_LAMBDA __attribute__((always_inline))
/// All iterations one after the other: their arrays become registers.
#define HUG_UNROLL _Pragma("GCC unroll 16")

namespace hug::nn {

/// How far ahead of its block a kernel asks for weights. The hardware keeps up
/// with one stream only where the core does nothing else.
constexpr size_t kAhead = 4608;

/// 256 elements of a column with one scale.
struct alignas(64) Column256 {
  int8_t q[256];
  int16_t sum[16];  // of 16 codes each
  float d;
};

/// Eight blocks of 32 elements; those beyond the column's end are zero.
struct alignas(64) Column32 {
  int8_t q[256];
  float d[8];
  float sum[8];  // of d * q
};

static_assert(sizeof(Column256) == 320 && sizeof(Column32) == 320);

}  // namespace hug::nn
