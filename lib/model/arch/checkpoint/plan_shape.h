// The shape a tensor has in the new file.
#pragma once

#include "arch/checkpoint/plan.h"
#include "arch/tensor_rule.h"

namespace hug::arch {

/// Sets out.shape from its parts and op.
/// Errors: kCorrupt when the parts do not fit each other or the geometry.
Result<void> shape_tensor(PlannedTensor& out, const Geometry& geometry);

}  // namespace hug::arch
