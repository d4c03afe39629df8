// The shape a tensor has in the new file.
#pragma once

#include "arch/tensor_rule.h"
#include "convert/plan.h"

namespace hug::convert {

/// Sets out.shape from its parts and op.
/// Errors: kCorrupt when the parts do not fit each other or the geometry.
Result<void> shape_tensor(PlannedTensor& out, const arch::Geometry& geometry);

}  // namespace hug::convert
