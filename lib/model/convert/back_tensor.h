// One tensor of a checkpoint made of tensors of a gguf file: the rules read
// backwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arch/family.h"
#include "convert/stream.h"
#include "format/gguf_split.h"
#include "hug/result.h"

namespace hug::convert {

struct BackTensor {
  std::string name = {};                  // in the checkpoint
  std::vector<std::uint64_t> shape = {};  // torch order
  arch::Op op = arch::Op::kCopy;
  std::uint64_t part = 0;  // of a stack
  format::GgufTensorPlace place = {};
  /// The value part beside the key part of kv_b; the odd rows or elements
  /// beside the even ones.
  std::optional<format::GgufTensorPlace> other = {};
  /// The scales of mxfp4, which lie apart from the blocks.
  bool scales = false;
  /// A tensor that the file keeps as a key; then it has no place.
  std::vector<float> values = {};

  bool is_mxfp4() const noexcept {
    return op == arch::Op::kMxfp4 || op == arch::Op::kMxfp4Even;
  }
};

struct BackOptions {
  /// Experts in mxfp4 stay so, where the family's checkpoints have them.
  bool keep_mxfp4 = false;
};

/// Everything the rules of the family make of the file, sorted by name.
/// Errors: kUnsupported for tensors that no rule knows or that cannot be
/// turned back.
Result<std::vector<BackTensor>> plan_back(const arch::Family& family,
                                          const arch::Config& config,
                                          const arch::Geometry& geometry,
                                          const format::GgufModel& model,
                                          const BackOptions& options);

/// Rows of it in the type `to` (mxfp4: as bytes). All arguments must outlive
/// the item.
Result<StreamItem> back_item(const BackTensor& tensor, tensor::DType to,
                             const arch::Geometry& geometry,
                             const format::GgufModel& model);

}  // namespace hug::convert
