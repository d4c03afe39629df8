// Matrices of few bits in words of 32: GPTQ, AWQ, compressed-tensors.
#pragma once

#include <string>
#include <vector>

#include "arch/checkpoint/stored/storage.h"
#include "hug/byte_source.h"
#include "hug/result.h"

namespace hug::arch {

/// The tensors that a matrix is stored in.
struct PackedParts {
  const format::CheckpointTensor* words = nullptr;
  const format::CheckpointTensor* scales = nullptr;
  const format::CheckpointTensor* zeros = nullptr;  // may be absent
  const format::CheckpointTensor* index = nullptr;  // group of an input; absent
  const format::CheckpointTensor* shape = nullptr;  // compressed-tensors only
};

struct PackedMatrix {
  ByteSourcePtr source = {};              // f32, (n_out, n_in)
  std::vector<std::uint64_t> shape = {};  // that
};

/// Errors: kCorrupt for parts whose types or shapes do not fit.
Result<PackedMatrix> open_packed(const Storage& storage,
                                 const PackedParts& parts, std::string name);

}  // namespace hug::arch
