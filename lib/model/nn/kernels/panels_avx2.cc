// Panels of integers and floats for AVX2 and FMA. vpmaddubsw multiplies
// unsigned codes by signed ones and adds two products to 16 bits; small codes
// are summed on in 16 bits for as long as that cannot overflow, then a
// multiplication by the scale widens to 32.
//
// Sums of biased codes begin at minus what the bias adds. They may wrap around
// on the way: what they come to fits.
#include <immintrin.h>

#include "nn/kernels/panel_prelude.h"

namespace hug::nn {
namespace {

using namespace tensor;

constexpr size_t kColumns = 6;
constexpr int kC = kColumns;
constexpr size_t kTilePanels = 1;

/// How products become sums: `step` groups of four stay in 16 bits. kSigned:
/// magnitudes times columns that take the signs over.
struct Way {
  Kind kind;
  int bias;
  int step;
};

constexpr Way way_of(Kind kind, int bias, int most, int sub) {
  constexpr int kMost = 32767 / 127;  // over all products of a sum
  if (kind == Kind::kLow)
    return {kind, 0, most * sub / 2 > kMost ? 4 : sub / 4};
  if (kind == Kind::kSigned) {
    if (most * sub / 2 > kMost) return {kind, 0, 1};
    bias = most;
  }
  return {Kind::kBiased, bias, sub / 4};
}

constexpr int lift_of(Kind kind, int bias, int most, int sub) {
  return way_of(kind, bias, most, sub).bias - bias;
}

HUG_LANE int32_t start_of(PairSums p) {
  return two_words(-p.low, -p.high);
}

HUG_LANE int32_t scale_word(int scale) {
  return two_words(scale, scale);
}

// Each needs those before it.
// clang-format off
#include "nn/kernels/panel_lanes_256.inl"
#include "nn/kernels/panel_types.inl"
#include "nn/kernels/panel_types_k.inl"
#include "nn/kernels/panel_types_iq.inl"
#include "nn/kernels/panel_multiply.inl"
#include "nn/kernels/panel_columns.inl"
#include "nn/kernels/panel_sums_256.inl"
#include "nn/kernels/panel_blocks.inl"
#include "nn/kernels/panel_float.inl"

// clang-format on

constexpr PanelTable with_floats(PanelTable t) {
  add_floats(t);
  return t;
}

}  // namespace

constexpr PanelTable kTable = with_floats(make_table());
const PanelTable kPanelsAvx2 = kTable;

}  // namespace hug::nn
