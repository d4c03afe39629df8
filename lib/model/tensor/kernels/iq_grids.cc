// A grid point is packed as coordinates of two bits (eight of them) or three
// bits (four), which stand for the values of its type.
#include "tensor/kernels/iq_grids.h"

#include <stddef.h>

namespace hug::tensor {
namespace {

#include "tensor/kernels/iq_points.inl"

template <size_t n, size_t m, class V>
constexpr void expand(const uint16_t (&points)[n], const V* values,
                      V (&grid)[n][m]) {
  constexpr unsigned bits = m == 8 ? 2 : 3;
  for (size_t k = 0; k < n; k++)
    for (size_t i = 0; i < m; i++) {
      const unsigned shift = bits * static_cast<unsigned>(i);
      grid[k][i] = values[(points[k] >> shift) & ((1U << bits) - 1U)];
    }
}

constexpr IqGrids make_grids() {
  constexpr uint8_t k2[4] = {8, 25, 43, 0};
  constexpr uint8_t k3Xxs[8] = {4, 12, 20, 28, 36, 44, 52, 62};
  constexpr uint8_t k3S[8] = {1, 3, 5, 7, 9, 11, 13, 15};
  constexpr int8_t k1[4] = {-1, 0, 1, 0};
  IqGrids grids = {};
  expand(kPointsIq2Xxs, k2, grids.iq2xxs);
  expand(kPointsIq2Xs, k2, grids.iq2xs);
  expand(kPointsIq2S, k2, grids.iq2s);
  expand(kPointsIq3Xxs, k3Xxs, grids.iq3xxs);
  expand(kPointsIq3S, k3S, grids.iq3s);
  expand(kPointsIq1, k1, grids.iq1s);
  return grids;
}

constexpr IqGrids kMade = make_grids();

}  // namespace

const IqGrids kIqGrids = kMade;

}  // namespace hug::tensor
