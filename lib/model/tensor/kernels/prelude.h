// What the sources compiled per instruction set include first. Only headers
// without inline functions: a copy of one made for a large instruction set
// must never be the one that the linker keeps. (The conversions of scalar.h
// are always inlined, so there is no copy.)
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tensor/dtype_id.h"
#include "tensor/kernels/blocks.h"
#include "tensor/kernels/iq_grids.h"
#include "tensor/kernels/table.h"
#include "tensor/scalar.h"

/// Helpers dissolve into the encoders: only those have addresses.
#define HUG_LANE [[maybe_unused, gnu::always_inline]] inline
#define HUG_INLINE [[maybe_unused]] inline
#define HUG_LANE_LAMBDA __attribute__((always_inline))
