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
  /// The value part beside the key part of kv_b.
  std::optional<format::GgufTensorPlace> other = {};
};

/// Everything the rules of the family make of the file, sorted by name.
/// Errors: kUnsupported for tensors that no rule knows or that cannot be
/// turned back.
Result<std::vector<BackTensor>> plan_back(const arch::Family& family,
                                          const arch::Geometry& geometry,
                                          const format::GgufModel& model);

/// Rows of it in the type `to`. All arguments must outlive the item.
Result<StreamItem> back_item(const BackTensor& tensor, tensor::DType to,
                             const arch::Geometry& geometry,
                             const format::GgufModel& model);

}  // namespace hug::convert
