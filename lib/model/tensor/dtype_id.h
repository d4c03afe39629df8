// The ids of element types alone, for sources that include no more.
#pragma once

#include <stdint.h>

namespace hug::tensor {

/// Values below 128 are the type ids of gguf; the others exist only in
/// safetensors and PyTorch files.
enum class DType : uint8_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ8_1 = 9,
  kQ2K = 10,
  kQ3K = 11,
  kQ4K = 12,
  kQ5K = 13,
  kQ6K = 14,
  kQ8K = 15,
  kIq2Xxs = 16,
  kIq2Xs = 17,
  kIq3Xxs = 18,
  kIq1S = 19,
  kIq4Nl = 20,
  kIq3S = 21,
  kIq2S = 22,
  kIq4Xs = 23,
  kI8 = 24,
  kI16 = 25,
  kI32 = 26,
  kI64 = 27,
  kF64 = 28,
  kIq1M = 29,
  kBf16 = 30,
  kTq1_0 = 34,
  kTq2_0 = 35,
  kMxfp4 = 39,
  kNvfp4 = 40,
  kQ1_0 = 41,
  kQ2_0 = 42,
  kBool = 128,
  kU8 = 129,
  kU16 = 130,
  kU32 = 131,
  kU64 = 132,
  kF8E4M3 = 133,  // "fn": no infinities, 0x7f and 0xff are NaN
  kF8E5M2 = 134,
  kF8E4M3Fnuz = 135,  // 0x80 is NaN, no negative zero
  kF8E5M2Fnuz = 136,
  kF8E8M0 = 137,  // a power of two; 0xff is NaN
  kF4 = 138,      // E2M1, two in a byte, low half first
  kF6E2M3 = 139,  // four in three bytes
  kF6E3M2 = 140,
  kC64 = 141,  // two f32
};

}  // namespace hug::tensor
