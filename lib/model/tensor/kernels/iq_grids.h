// The grids of the i-quants: what an index stands for.
#pragma once

#include <stdint.h>

namespace hug::tensor {

struct IqGrids {
  uint8_t iq2xxs[256][8];
  uint8_t iq2xs[512][8];
  uint8_t iq2s[1024][8];
  uint8_t iq3xxs[256][4];
  uint8_t iq3s[512][4];
  int8_t iq1s[2048][8];
};

extern const IqGrids kIqGrids;

}  // namespace hug::tensor
