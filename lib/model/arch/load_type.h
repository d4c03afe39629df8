// Which type a tensor gets when a model is quantized while it is loaded.
#pragma once

#include <optional>
#include <string_view>

#include "tensor/dtype.h"

namespace hug::arch {

struct MatrixFacts {
  std::string_view name = {};  // in gguf
  tensor::DType type = tensor::DType::kF32;
  std::uint64_t row_length = 0;
  std::size_t n_dims = 0;
  bool is_tied = false;  // token embeddings that are the output, too
};

/// Nothing: it stays as it is.
std::optional<tensor::DType> type_at_load(const MatrixFacts& matrix,
                                          tensor::DType wanted) noexcept;

/// Tensors that are f32 in every gguf file: norms, biases, routers,
/// convolutions, positions.
bool stays_f32(std::string_view name, std::size_t n_dims) noexcept;

}  // namespace hug::arch
