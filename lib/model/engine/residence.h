// Where the weights of a model lie while it lives.
#pragma once

#include "arch/tensor_set.h"
#include "hug/model.h"
#include "hug/result.h"

namespace hug::engine {

/// Does what `how` asks for with the tensors' bytes: reads mapped files ahead
/// in the background, locks them, or copies them to large pages of their own.
/// Errors: kLimit when there is no memory for it, those of the sources.
Result<void> settle(arch::TensorSet& tensors, WeightMemory how);

}  // namespace hug::engine
