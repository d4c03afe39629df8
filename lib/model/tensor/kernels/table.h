// What a set of kernels offers: one table per instruction set. The functions
// trust their callers (codec.cc checks sizes); they allocate nothing.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tensor/isa.h"

namespace hug::tensor {

/// Blocks of n elements in all to f32.
using DecodeFn = void (*)(const void* blocks, float* out, size_t n);

/// What an encoder works on: whole rows.
struct EncodeArgs {
  const float* x = nullptr;  // (n_row, n_per_row)
  size_t n_row = 0;
  size_t n_per_row = 0;
  const float* importance = nullptr;  // (n_per_row) or null
  void* out = nullptr;
};

using EncodeFn = void (*)(const EncodeArgs& args);

struct KernelTable {
  DecodeFn decode[43] = {};  // by gguf type id; null where there is none
  EncodeFn encode[43] = {};
};

extern const KernelTable kKernelsScalar;
#if defined(HUG_HAVE_X86_KERNELS)
extern const KernelTable kKernelsAvx2;
extern const KernelTable kKernelsAvx512;
#endif

/// The table for an instruction set that this machine has.
const KernelTable& kernels(Isa isa) noexcept;

}  // namespace hug::tensor
