// What the float kernels of every large instruction set include: only headers
// without inline functions, so that no copy of one made for a large set is
// kept for the whole program.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/float_kernels.h"

/// Lane functions dissolve into the kernels.
#define HUG_LANE [[maybe_unused, gnu::always_inline]] inline
