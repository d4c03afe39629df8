// Everything about a quantization that is known before a byte of weights is
// read: which tensor goes where, as what, and the exact bytes of every header.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "format/gguf_split.h"
#include "hug/quantize.h"
#include "quantize/importance.h"
#include "quantize/recipe.h"

namespace hug::quantize {

/// A tensor of the new file (or files).
struct PlannedTensor {
  std::string name = {};
  format::GgufTensorPlace place = {};  // where it comes from
  tensor::DType from = tensor::DType::kF32;
  std::array<std::uint64_t, 4> shape = {1, 1, 1, 1};
  Decision decision = {};
  const std::vector<float>* importance = nullptr;  // of all experts, or null
  std::size_t file = 0;
  std::size_t index = 0;  // in the file's layout
  std::uint64_t from_bytes = 0;
  std::uint64_t to_bytes = 0;

  std::uint64_t n_row() const noexcept {
    return shape[1] * shape[2] * shape[3];
  }
};

struct Plan {
  format::GgufModel model = {};
  std::shared_ptr<const Importance> importance = {};
  RecipeOptions recipe = {};
  std::vector<PlannedTensor> tensors = {};  // in the order of the output
  std::vector<format::GgufLayout> files = {};
  std::vector<std::string> warnings = {};

  std::uint64_t bytes_in() const noexcept;   // of tensors
  std::uint64_t bytes_out() const noexcept;  // of tensors
};

/// What the rules ask of a model, from its metadata.
Traits traits_of(const format::Gguf& gguf);

/// Errors: kUsage (options that make no sense, a quantized source without
/// allow_requantize, a matrix that is missing), kUnsupported (types that
/// cannot be made), kCorrupt.
Result<Plan> make_plan(format::GgufModel model, const QuantizeOptions& options);

}  // namespace hug::quantize
