// What shape each tensor of a gguf file must have, by its architecture's
// numbers.
#pragma once

#include <string>
#include <vector>

#include "format/gguf.h"
#include "hug/inspect.h"

namespace hug::format {

/// Whether the architecture is one of those whose shapes are known.
bool knows_shapes(std::string_view arch) noexcept;
/// Tensors whose shape is not what the metadata ask for.
std::vector<ModelProblem> check_shapes(const Gguf& gguf,
                                       const std::vector<GgufTensor>& tensors);
/// Numbers that no model has, or that do not go together.
std::vector<ModelProblem> check_numbers(const Gguf& gguf);

}  // namespace hug::format
