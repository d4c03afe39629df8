// One view over the weights of a model as it lies in a folder or a repository:
// safetensors (one file or several with an index) or PyTorch files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/safetensors.h"
#include "hug/byte_source.h"
#include "hug/file_set.h"
#include "hug/result.h"
#include "tensor/dtype.h"

namespace hug::format {

enum class CheckpointKind : std::uint8_t { kSafetensors, kTorch };

struct CheckpointTensor {
  std::string name = {};
  tensor::DType type = tensor::DType::kF32;
  std::vector<std::uint64_t> shape = {};  // torch order: last is fastest
  std::size_t file = 0;                   // index into files
  std::uint64_t bytes = 0;
  std::uint64_t place = 0;    // order of the data within the file
  ByteSourcePtr source = {};  // exactly `bytes`, row-major
  /// The type to compute with, where numbers are made of fewer bits than
  /// `type` has.
  std::optional<tensor::DType> rounded = {};
};

struct CheckpointFile {
  std::string name = {};
  ByteSourcePtr source = {};
  StringPairs metadata = {};  // of a safetensors header
};

/// Tensors sorted by (file, name): the order in which the reference converter
/// meets them.
struct Checkpoint {
  CheckpointKind kind = CheckpointKind::kSafetensors;
  std::vector<CheckpointFile> files = {};  // sorted by name
  std::vector<CheckpointTensor> tensors = {};
  // Over a network, for the index and what was not used.
  std::uint64_t index_bytes_fetched = 0;
  std::uint64_t total_size = 0;    // of the data, by the index; or 0
  std::uint64_t index_unread = 0;  // bytes of the index
  /// Files whose headers were left unread, as to fetch them was too much.
  std::vector<std::string> unread = {};

  const CheckpointTensor* find(std::string_view name) const noexcept;
  std::vector<const CheckpointTensor*> by_name() const;
  /// By file, then by where the data lie: the order for reading once.
  std::vector<const CheckpointTensor*> by_place() const;
  std::uint64_t n_elements() const noexcept;
  std::uint64_t bytes() const noexcept;
};

struct CheckpointOptions {
  /// Threads that read headers of shards side by side.
  std::size_t parallel = 8;
  /// Data of every file must be present in full.
  bool require_data = true;
  /// Bytes of headers and index that may be fetched over a network; 0: as many
  /// as it takes. Only for safetensors.
  std::uint64_t most_fetched = 0;
};

/// Finds the weights: model*.safetensors (with the index where there is one),
/// else pytorch_model*.bin, else consolidated*.safetensors, else any other
/// .safetensors, .bin, .pt or .pth that holds tensors. Every shard's header
/// is checked against the index: its tensors must be exactly those.
/// Errors: kNotFound when there are no weights; kCorrupt for missing, extra
/// or duplicate tensors; kDenied for pickles; those of the readers.
Result<Checkpoint> open_checkpoint(const FileSet& files,
                                   const CheckpointOptions& options = {});
/// One file alone.
Result<Checkpoint> open_checkpoint_file(ByteSourcePtr source,
                                        const CheckpointOptions& options = {});

}  // namespace hug::format
