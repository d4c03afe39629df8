// PyTorch checkpoints (.bin, .pt, .pth): a zip of data.pkl and storages. The
// pickle is interpreted by an allow-list and never executed: whatever it names
// beyond tensors and plain containers is refused.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hug/byte_source.h"
#include "hug/result.h"
#include "tensor/dtype.h"

namespace hug::format {

struct TorchTensor {
  std::string name = {};  // with its path in the state dict: "a.b.weight"
  tensor::DType type = tensor::DType::kF32;
  std::vector<std::uint64_t> shape = {};
  std::vector<std::uint64_t> strides = {};  // in elements
  std::uint64_t offset = 0;                 // of the first element, in elements
  std::size_t storage = 0;                  // index into storages

  /// Row-major without gaps: the bytes lie as they are wanted.
  bool contiguous() const noexcept;
};

struct TorchStorage {
  std::string key = {};
  tensor::DType type = tensor::DType::kF32;
  ByteSourcePtr source = {};
};

struct TorchCheckpoint {
  std::vector<TorchTensor> tensors = {};  // in order of the state dict
  std::vector<TorchStorage> storages = {};
  std::uint64_t end = 0;  // of the last storage, in files without a zip
};

/// Reads the zip directory and the pickle, not the storages.
/// Errors: kDenied when the pickle names anything outside the allow-list (the
/// message lists all of it); kCorrupt; kUnsupported (big-endian, tar); kLimit.
Result<TorchCheckpoint> read_torch(const ByteSourcePtr& source);
/// Whether the source begins as a PyTorch zip or pickle does.
bool looks_like_torch(const ByteSource& source);

/// The elements of a tensor in row-major order: a slice of its storage where
/// it is contiguous, else a view that gathers them as it is read.
Result<ByteSourcePtr> tensor_source(const TorchCheckpoint& checkpoint,
                                    const TorchTensor& tensor);

}  // namespace hug::format
