// Decoding of types without blocks of scales: integers and the small floats of
// safetensors.
#pragma once

#include <cstddef>
#include <span>

#include "hug/result.h"
#include "tensor/dtype.h"

namespace hug::tensor {

/// Sizes are known to fit. Errors: kUnsupported.
Result<void> decode_plain(DType type, std::span<const std::byte> in,
                          std::span<float> out);

}  // namespace hug::tensor
