// safetensors: u64 header length (little-endian, <= 100,000,000), a JSON object
// { name: {dtype, shape, data_offsets: [begin, end]}, "__metadata__": {..} },
// then the data, without gaps or overlaps up to the end of the file. Models of
// several files have an index: model.safetensors.index.json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/sink.h"
#include "hug/byte_source.h"
#include "hug/result.h"
#include "tensor/dtype.h"

namespace hug::format {

inline constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;
inline constexpr std::size_t kMaxSafetensorsDims = 32;

/// One tensor. Shape as torch prints it: the last dimension is the fastest.
struct SafeTensor {
  std::string name = {};
  tensor::DType type = tensor::DType::kF32;
  std::vector<std::uint64_t> shape = {};
  std::uint64_t begin = 0;  // in the data
  std::uint64_t end = 0;
};

using StringPairs = std::vector<std::pair<std::string, std::string>>;

struct Safetensors {
  StringPairs metadata = {};             // "__metadata__", in file order
  std::vector<SafeTensor> tensors = {};  // in order of their data
  std::uint64_t data_offset = 0;
  std::uint64_t data_bytes = 0;

  const SafeTensor* find(std::string_view name) const noexcept;
};

struct SafetensorsReadOptions {
  /// The file must end where the last tensor ends.
  bool require_data = true;
  /// Bytes of the first fetch where the source is not mapped; a second one
  /// brings the rest of the header.
  std::uint64_t first_window = 16 << 10;
};

/// Reads and validates the header; fetches nothing else.
/// Errors: kCorrupt (says what), kUnsupported (dtype), kLimit, those of the
/// source.
Result<Safetensors> read_safetensors(
    const ByteSource& source, const SafetensorsReadOptions& options = {});
/// How much lies in front of the data, from its first 8 bytes. Errors: as
/// above.
Result<std::uint64_t> safetensors_header_bytes(const ByteSource& source);
/// The JSON text alone; `data_bytes` as far as the tensors reach.
Result<Safetensors> parse_safetensors_header(std::string_view json);
/// Whether the source can be one: a length that fits, then '{'.
bool looks_like_safetensors(const ByteSource& source);

struct SafetensorsIndex {
  std::uint64_t total_size = 0;  // metadata.total_size; 0 when absent
  StringPairs metadata = {};     // other metadata, values as JSON text
  StringPairs weight_map = {};   // tensor -> file, in file order

  /// Each file once, in order of first mention.
  std::vector<std::string> files() const;
};

/// Errors: kCorrupt: not such an index, duplicate names, a file name with a
/// separator; kLimit.
Result<SafetensorsIndex> parse_safetensors_index(std::string_view json);
/// metadata.total_size from the beginning of an index; 0 when it is not there.
std::uint64_t find_total_size(std::string_view head);
/// With two-space indentation and sorted names, as the Python library writes.
std::string print_safetensors_index(const SafetensorsIndex& index);

/// A tensor to write.
struct SafeTensorPlan {
  std::string name = {};
  tensor::DType type = tensor::DType::kF32;
  std::vector<std::uint64_t> shape = {};
};

struct SafetensorsLayout {
  std::vector<std::byte> header = {};    // length, JSON, blanks
  std::vector<SafeTensor> tensors = {};  // in writing order
  std::uint64_t file_bytes = 0;
};

enum class SafetensorsOrder : std::uint8_t {
  kReference,  // wide types first, then by name: as the library writes
  kGiven,
};

/// The file before it is written. Errors: kCorrupt for duplicate names or
/// sizes that do not fit; kUnsupported for types it cannot hold; kLimit.
Result<SafetensorsLayout> layout_safetensors(
    std::vector<SafeTensorPlan> tensors, const StringPairs& metadata,
    SafetensorsOrder order = SafetensorsOrder::kReference);

struct ShardPlan {
  std::string file = {};  // model.safetensors, model-00001-of-00004...
  std::vector<SafeTensorPlan> tensors = {};
};

/// Deals tensors out in their order so that no shard's data exceed max_bytes
/// (a tensor larger than that stands alone). 0: one file.
Result<std::vector<ShardPlan>> plan_shards(std::vector<SafeTensorPlan> tensors,
                                           std::uint64_t max_bytes,
                                           std::string_view stem = "model");
/// The index over such shards.
Result<SafetensorsIndex> index_of(std::span<const ShardPlan> shards);

/// Streams one file in its final order. One thread.
class SafetensorsWriter {
 public:
  SafetensorsWriter(SafetensorsLayout layout, WriteBytes write);

  const SafetensorsLayout& layout() const noexcept { return layout_; }

  Result<void> write_header();
  /// The next bytes of tensor `next()`. Errors: kInternal for more than it
  /// has; those of `write`.
  Result<void> write(std::span<const std::byte> bytes);
  /// All of the next tensor.
  Result<void> copy(const ByteSource& source);

  std::size_t next() const noexcept { return next_; }

  /// Errors: kInternal when tensors are missing.
  Result<void> finish();

 private:
  void skip_full() noexcept;

  SafetensorsLayout layout_;
  WriteBytes write_;
  std::size_t next_ = 0;
  std::uint64_t done_ = 0;
  bool header_done_ = false;
};

}  // namespace hug::format
