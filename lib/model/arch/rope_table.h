// Angle steps of rotary positions from the keys of a model: plain, linear,
// yarn, factors from tensors (llama3, longrope).
#pragma once

#include "arch/weights.h"

namespace hug::arch {

struct RopeFactors {
  Vector plain = {};
  Vector short_ = {};
  Vector long_ = {};
};

/// Fills rope, rope_local and rope_long, and the part of attention_scale that
/// comes from yarn. Errors: kCorrupt for factors of another size.
Result<void> make_rope_tables(Model& model, const RopeFactors& factors,
                              bool truncate_ramp);

}  // namespace hug::arch
