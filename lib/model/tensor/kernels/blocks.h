// How the blocks of quantized types lie in memory. Little-endian; every field
// is made of bytes, so that a block may start at any address.
#pragma once

#include <stdint.h>

namespace hug::tensor {

/// An f16 (or any 16 bits) at an odd address.
struct Half {
  uint8_t byte[2];
};

struct BlockQ4_0 {  // also iq4_nl
  Half d;
  uint8_t qs[16];
};

struct BlockQ4_1 {
  Half d, m;
  uint8_t qs[16];
};

struct BlockQ5_0 {
  Half d;
  uint8_t qh[4];
  uint8_t qs[16];
};

struct BlockQ5_1 {
  Half d, m;
  uint8_t qh[4];
  uint8_t qs[16];
};

struct BlockQ8_0 {
  Half d;
  int8_t qs[32];
};

struct BlockQ8_1 {
  Half d, s;
  int8_t qs[32];
};

struct BlockQ2K {
  uint8_t scales[16];  // low half scale, high half min
  uint8_t qs[64];
  Half d, dmin;
};

struct BlockQ3K {
  uint8_t hmask[32];
  uint8_t qs[64];
  uint8_t scales[12];
  Half d;
};

struct BlockQ4K {
  Half d, dmin;
  uint8_t scales[12];
  uint8_t qs[128];
};

struct BlockQ5K {
  Half d, dmin;
  uint8_t scales[12];
  uint8_t qh[32];
  uint8_t qs[128];
};

struct BlockQ6K {
  uint8_t ql[128];
  uint8_t qh[64];
  int8_t scales[16];
  Half d;
};

struct BlockQ8K {
  uint8_t d[4];  // an f32
  int8_t qs[256];
  Half bsums[16];
};

struct BlockTq1_0 {
  uint8_t qs[48];
  uint8_t qh[4];
  Half d;
};

struct BlockTq2_0 {
  uint8_t qs[64];
  Half d;
};

struct BlockIq4Xs {
  Half d;
  Half scales_h;
  uint8_t scales_l[4];
  uint8_t qs[128];
};

struct BlockMxfp4 {
  uint8_t e;
  uint8_t qs[16];
};

struct BlockNvfp4 {
  uint8_t d[4];
  uint8_t qs[32];
};

struct BlockQ1_0 {
  Half d;
  uint8_t bits[16];
};

struct BlockQ2_0 {
  Half d;
  uint8_t qs[16];
};

struct BlockIq2Xxs {
  Half d;
  uint8_t qs[64];
};

struct BlockIq2Xs {
  Half d;
  Half qs[32];
  uint8_t scales[8];
};

struct BlockIq2S {
  Half d;
  uint8_t qs[64];
  uint8_t qh[8];
  uint8_t scales[8];
};

struct BlockIq3Xxs {
  Half d;
  uint8_t qs[96];
};

struct BlockIq3S {
  Half d;
  uint8_t qs[64];
  uint8_t qh[8];
  uint8_t signs[32];
  uint8_t scales[4];
};

struct BlockIq1S {
  Half d;
  uint8_t qs[32];
  Half qh[8];
};

struct BlockIq1M {
  uint8_t qs[32];
  uint8_t qh[16];
  uint8_t scales[8];
};

static_assert(sizeof(BlockQ4_0) == 18 && sizeof(BlockQ4_1) == 20);
static_assert(sizeof(BlockQ5_0) == 22 && sizeof(BlockQ5_1) == 24);
static_assert(sizeof(BlockQ8_0) == 34 && sizeof(BlockQ8_1) == 36);
static_assert(sizeof(BlockQ2K) == 84 && sizeof(BlockQ3K) == 110);
static_assert(sizeof(BlockQ4K) == 144 && sizeof(BlockQ5K) == 176);
static_assert(sizeof(BlockQ6K) == 210 && sizeof(BlockQ8K) == 292);
static_assert(sizeof(BlockTq1_0) == 54 && sizeof(BlockTq2_0) == 66);
static_assert(sizeof(BlockIq4Xs) == 136 && sizeof(BlockMxfp4) == 17);
static_assert(sizeof(BlockNvfp4) == 36 && sizeof(BlockQ1_0) == 18);
static_assert(sizeof(BlockQ2_0) == 18 && sizeof(BlockIq2Xxs) == 66);
static_assert(sizeof(BlockIq2Xs) == 74 && sizeof(BlockIq2S) == 82);
static_assert(sizeof(BlockIq3Xxs) == 98 && sizeof(BlockIq3S) == 110);
static_assert(sizeof(BlockIq1S) == 50 && sizeof(BlockIq1M) == 56);

}  // namespace hug::tensor
