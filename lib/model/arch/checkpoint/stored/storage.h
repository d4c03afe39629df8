// Weights that a checkpoint stores in few bits: how, as its configuration
// tells, and plain tensors in their place.
#pragma once

#include <cstdint>

#include "arch/config.h"
#include "format/checkpoint.h"
#include "hug/file_set.h"
#include "hug/result.h"
#include "tensor/dtype.h"

namespace hug::arch {

enum class StorageKind : std::uint8_t {
  kPlain,   // as they are, or a byte each with scales beside them
  kGptq,    // words of packed inputs; groups of inputs have scale and zero
  kAwq,     // words of packed outputs
  kPacked,  // compressed-tensors: words along the rows
};

struct Storage {
  StorageKind kind = StorageKind::kPlain;
  unsigned bits = 4;
  std::uint64_t group = 128;  ///< inputs that share a scale; 0: all
  unsigned zero_shift = 0;    ///< added to what is stored of zero points
  /// Rows and columns that share a scale, where that is told.
  std::uint64_t block_rows = 128;
  std::uint64_t block_columns = 128;
  /// What the model's class computes in.
  tensor::DType compute = tensor::DType::kBf16;
};

/// From quantization_config. Errors: kUnsupported with a hint for what cannot
/// be read.
Result<Storage> storage_of(const Config& config);

/// Puts tensors of f32 in the place of those that are stored in few bits, with
/// their usual names; numbers are computed as they are read, and scales and
/// zero points vanish. Errors: kCorrupt for parts that are missing or do not
/// fit.
Result<void> expand(const Storage& storage, format::Checkpoint& checkpoint);

/// The weights of a checkpoint, expanded. Errors: as open_checkpoint and
/// expand.
Result<format::Checkpoint> open_weights(const FileSet& files,
                                        const Config& config);

}  // namespace hug::arch
