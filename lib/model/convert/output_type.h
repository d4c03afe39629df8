// "--type": a type for all tensors, or one of the quantizer's recipes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "arch/checkpoint/plan.h"
#include "hug/result.h"
#include "quantize/file_type.h"
#include "tensor/dtype.h"

namespace hug::convert {

struct OutputType {
  std::string name = {};  // "f16", "q4_k_m"
  tensor::DType tensor = tensor::DType::kF16;
  std::uint32_t file_type = 1;  // general.file_type
  /// Set when the quantizer decides tensor by tensor.
  std::optional<quantize::FileType> recipe = {};
};

/// `guess` is what "auto" means. Errors: kUsage with a hint.
Result<OutputType> find_output_type(std::string_view text, tensor::DType guess);

/// Every tensor as the checkpoint has it: what a recipe starts from.
void choose_source_types(arch::TensorPlan& plan,
                         const format::Checkpoint& checkpoint);

}  // namespace hug::convert
