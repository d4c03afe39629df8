// The mixtures: which tensors of a file get more or fewer bits than its own
// type. The rules count tensors as they go, so order matters.
#pragma once

#include <cstdint>
#include <span>

#include "hug/result.h"
#include "quantize/recipe.h"
#include "quantize/tensor_class.h"

namespace hug::quantize {

class Mix {
 public:
  Mix(const Traits& traits, std::span<const TensorSpec> tensors,
      const RecipeOptions& options);

  /// The type for the next tensor; `type` is the file's own.
  /// Errors: kCorrupt when a layer number is out of range.
  Result<tensor::DType> choose(const TensorSpec& t, TensorClass c,
                               tensor::DType type);

 private:
  using DType = tensor::DType;

  bool is(std::initializer_list<FileType> types) const;
  bool more_bits(std::uint32_t i, std::uint32_t n) const;
  Result<std::uint32_t> layer(const TensorSpec& t, std::uint32_t counter) const;

  DType output(const TensorSpec& t, DType type) const;
  DType moe_fp4(const TensorSpec& t, TensorClass c) const;
  DType embedding(DType type) const;
  DType low_bits(TensorClass c, DType type);
  DType values(DType type);
  DType keys_and_queries(TensorClass c, DType type) const;
  DType down(DType type, std::uint32_t i) const;
  DType attention_output(DType type) const;
  DType gate_and_up(DType type, std::uint32_t i) const;

  FileType file_type_;
  bool importance_;
  std::optional<DType> output_type_;
  bool falcon_;
  bool moe_parts_only_;  // of bailingmoe3, only the experts' matrices
  bool large_;           // 70B: layers share values among many heads
  bool tied_;            // no output.weight: the embedding serves as one
  std::uint32_t n_expert_;
  std::uint32_t n_layer_;
  std::uint32_t heads_per_kv_;
  std::uint32_t n_values_ = 0;
  std::uint32_t i_values_ = 0;
  std::uint32_t i_down_ = 0;
  std::uint32_t i_gate_ = 0;
  std::uint32_t i_up_ = 0;
};

}  // namespace hug::quantize
