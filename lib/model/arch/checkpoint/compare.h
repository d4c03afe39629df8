// Are two tensors the same numbers?
#pragma once

#include "format/checkpoint.h"
#include "hug/result.h"

namespace hug::arch {

Result<bool> same_content(const format::CheckpointTensor& a,
                          const format::CheckpointTensor& b);

}  // namespace hug::arch
