// Float kernels for AVX-512 (F, BW, CD, DQ, VL).
#include "nn/float/prelude.h"

namespace hug::nn {
namespace {

#include "nn/float/lanes_avx512.inl"
// Lanes first.
#include "nn/float/functions.inl"
// Functions first.
#include "nn/float/tiles.inl"
// Tiles, then the softmax between them.
#include "nn/float/softmax.inl"
// Both first.
#include "nn/float/attend.inl"
#include "nn/float/store.inl"
// All kernels first: the table ends it.
#include "nn/float/ops.inl"

}  // namespace

constexpr FloatKernels kTable = make_table();
const FloatKernels kFloatAvx512 = kTable;

}  // namespace hug::nn
