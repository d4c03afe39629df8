// What will be written before anything is: every tensor of the new file with
// its type, its parts in the checkpoint and what happens to their numbers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "arch/family.h"
#include "format/checkpoint.h"
#include "hug/result.h"
#include "tensor/dtype.h"

namespace hug::arch {

struct PlannedTensor {
  std::string name = {};
  std::vector<std::uint64_t> shape = {};     // torch order: last is fastest
  tensor::DType type = tensor::DType::kF32;  // in the new file
  Op op = Op::kCopy;
  /// In order; for mxfp4 the blocks, then the scales.
  std::vector<const format::CheckpointTensor*> parts = {};
  std::vector<float> values = {};  // computed; then there are no parts

  std::uint64_t row_length() const noexcept {
    return shape.empty() ? 1 : shape.back();
  }

  std::uint64_t n_elements() const noexcept;
};

struct TensorPlan {
  Geometry geometry = {};
  std::vector<PlannedTensor> tensors = {};  // in the reference's order
  std::map<std::string_view, std::vector<float>> kept = {};  // by their keys
  bool has_mxfp4 = false;
};

/// `checkpoint` must outlive the plan. Types are f32 everywhere; choose_types
/// comes after. Errors: kUnsupported for a tensor no rule maps; kCorrupt for
/// shapes that do not fit the configuration or missing experts.
Result<TensorPlan> plan_tensors(const Family& family, const Config& config,
                                const Geometry& geometry,
                                const format::Checkpoint& checkpoint);

struct ParameterCount {
  std::uint64_t total = 0;
  std::uint64_t shared = 0;  ///< of all experts alike
  std::uint64_t expert = 0;  ///< of one expert
  std::uint64_t n_expert = 0;
};

ParameterCount count_parameters(const TensorPlan& plan);

/// The types of 5.2: `wanted` where a tensor may have it.
void choose_types(TensorPlan& plan, tensor::DType wanted);
/// bf16 or f16: as the first matrix of the checkpoint; f16 when it is neither.
tensor::DType guess_type(const format::Checkpoint& checkpoint);

}  // namespace hug::arch
