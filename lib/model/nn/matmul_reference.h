// Products in plain f32, the oracle of all kernels.
#pragma once

#include <span>

#include "nn/matmul.h"

namespace hug::nn {

/// As matmul() computes with Isa::kScalar, whatever the team's set is.
void matmul_reference(Team& team, std::span<const float> x,
                      std::span<const Product> products);

}  // namespace hug::nn
