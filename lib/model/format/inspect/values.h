// Reads all weights and says which are not finite.
#pragma once

#include <string>
#include <vector>

#include "hug/inspect.h"
#include "tensor/dtype.h"

namespace hug::format {

struct CheckedTensor {
  std::string name = {};
  tensor::DType type = tensor::DType::kF32;
  ByteSourcePtr source = {};
};

/// Errors: those of reading.
Result<std::vector<ModelProblem>> check_values(
    const std::vector<CheckedTensor>& tensors, unsigned threads);

}  // namespace hug::format
