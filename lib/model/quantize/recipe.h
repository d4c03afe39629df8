// Which tensor of a model gets which type in a file of a given type: the
// reference quantizer's rules as pure functions of names and shapes. The
// quantizer, the one-pass converter and the prediction of file sizes all ask
// here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hug/result.h"
#include "quantize/file_type.h"
#include "tensor/dtype.h"

namespace hug::quantize {

/// The little that the rules ask of a model.
struct Traits {
  std::string arch;             // "llama"
  std::uint32_t n_layer = 0;    // block_count, next-token layers included
  std::uint32_t n_head = 0;     // of layer 0
  std::uint32_t n_head_kv = 0;  // of layer 0
  std::uint32_t n_expert = 0;
};

/// A tensor as the rules see it. Shape: fastest dimension first, as in gguf.
struct TensorSpec {
  std::string name;
  tensor::DType type = tensor::DType::kF32;  // as it is in the source
  std::array<std::uint64_t, 4> shape = {1, 1, 1, 1};
};

/// "attn_v=q6_K": tensors whose name the pattern finds get the type.
struct TypeRule {
  std::string pattern;  // a regular expression, searched anywhere in the name
  tensor::DType type = tensor::DType::kF32;
};

struct RecipeOptions {
  FileType file_type = FileType::kQ4KM;
  bool copy = false;         // keep every tensor as it is
  bool pure = false;         // no mixtures: the file's own type everywhere
  bool keep_output = false;  // leave output.weight as it is
  bool importance = false;   // a matrix will be used
  bool keep_order = false;   // count layers in the order given (split files)
  std::optional<tensor::DType> output_type = {};
  std::optional<tensor::DType> token_embedding_type = {};
  std::vector<TypeRule> rules = {};  // the first that matches wins
};

struct Decision {
  tensor::DType type = tensor::DType::kF32;  // in the new file
  bool converts = false;                     // false: bytes are copied
  bool fell_back = false;         // its rows did not fit the type first chosen
  bool needs_importance = false;  // refuse it when the matrix has no entry
};

/// One decision a tensor, in the order of `tensors`.
/// Errors: kUsage (a bad pattern, a file type that cannot be made);
/// kUnsupported (no type fits a shape); kCorrupt (a layer out of range).
Result<std::vector<Decision>> decide(const Traits& traits,
                                     std::span<const TensorSpec> tensors,
                                     const RecipeOptions& options);

/// The order in which the reference writes the tensors (by layer, then by
/// name), as positions in `tensors`.
std::vector<std::size_t> reference_order(std::span<const TensorSpec> tensors);

}  // namespace hug::quantize
