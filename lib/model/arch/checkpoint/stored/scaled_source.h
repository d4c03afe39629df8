// Numbers of a byte each, times scales of blocks.
#pragma once

#include <string>

#include "arch/checkpoint/stored/storage.h"
#include "hug/byte_source.h"
#include "hug/result.h"

namespace hug::arch {

struct ScaledParts {
  const format::CheckpointTensor* weight = nullptr;
  const format::CheckpointTensor* scale = nullptr;
  const format::CheckpointTensor* zero = nullptr;  // may be absent
};

/// F8 or I8 of any number of dimensions, as f32; the last two of scales may be
/// fewer. Errors: kCorrupt for shapes that do not fit.
Result<ByteSourcePtr> make_scaled_source(const Storage& storage,
                                         const ScaledParts& parts,
                                         std::string name);

}  // namespace hug::arch
