// gguf: what lies in front of the tensor data. Layout (little-endian unless
// the file says otherwise):
//
//   0   4  magic "GGUF"
//   4   4  version      2 or 3; with the bytes the other way: big-endian
//   8   8  n_tensors    <= kMaxGgufTensors
//  16   8  n_kv         <= kMaxGgufKeys
//  24      n_kv     x { string key, u32 type, value }
//          n_tensors x { string name, u32 n_dims <= 4, u64 ne[n_dims],
//                        u32 type, u64 offset }
//          zeros up to a multiple of general.alignment, when n_tensors > 0
//          data: each tensor padded with zeros to the alignment
//
// A string is u64 length and bytes; an array u32 type, u64 count, elements.
// Offsets count from the start of the data and must leave no gap.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/gguf_value.h"
#include "format/sink.h"
#include "hug/byte_source.h"
#include "hug/result.h"
#include "tensor/dtype.h"

namespace hug::format {

inline constexpr std::uint64_t kMaxGgufHeader = 100'000'000;
inline constexpr std::uint64_t kMaxGgufKeys = 65'535;
inline constexpr std::uint64_t kMaxGgufTensors = 1'000'000;
inline constexpr std::uint64_t kMaxGgufKey = 64 << 10;
inline constexpr std::uint64_t kMaxGgufString = 64 << 20;
inline constexpr std::uint64_t kMaxGgufElements = 16 << 20;
inline constexpr std::uint32_t kMaxGgufAlignment = 1 << 20;
inline constexpr std::size_t kMaxTensorName = 63;
inline constexpr std::uint32_t kDefaultAlignment = 32;
/// string: the file type that hug made the file as, "q4_k_m"; says, too, that
/// hug wrote it, with all that it knows of the model.
inline constexpr std::string_view kRecipeKey = "hug.recipe";

/// One tensor. ne[0] is the fastest dimension (a row); dimensions that the
/// file does not name are 1.
struct GgufTensor {
  std::string name = {};
  tensor::DType type = tensor::DType::kF32;
  std::uint32_t n_dims = 1;
  std::array<std::uint64_t, 4> ne = {1, 1, 1, 1};
  std::uint64_t offset = 0;  // from the start of the data; layout fills it
  std::uint64_t bytes = 0;   // without padding; layout fills it

  std::uint64_t n_elements() const noexcept {
    return ne[0] * ne[1] * ne[2] * ne[3];  // checked when read or laid out
  }

  std::uint64_t n_rows() const noexcept { return ne[1] * ne[2] * ne[3]; }

  /// As many dimensions as the file names, fastest first.
  std::span<const std::uint64_t> dims() const noexcept {
    return {ne.data(), n_dims};
  }
};

/// A tensor from a shape in ne order. Errors: kCorrupt when there are more
/// than four dimensions, the row is no multiple of the block or the size does
/// not fit; kLimit for a name that is too long.
Result<GgufTensor> make_gguf_tensor(std::string name, tensor::DType type,
                                    std::span<const std::uint64_t> ne);
/// Drops trailing dimensions of 1 (at least one stays), as the C++ writer
/// does; the Python writer keeps them.
void trim_dims(GgufTensor& tensor) noexcept;

/// Everything of a file but the tensor data.
struct Gguf {
  std::uint32_t version = 3;
  bool big_endian = false;
  std::uint32_t alignment = kDefaultAlignment;
  GgufMetadata metadata = {};
  std::vector<GgufTensor> tensors = {};  // in file order
  std::uint64_t data_offset = 0;         // of the first tensor, in the file
  std::uint64_t data_bytes = 0;          // of all tensors with padding

  /// general.architecture, or empty.
  std::string_view architecture() const;
  /// The key with the architecture put for "{arch}", which must begin it:
  /// arch_key("block_count") is "llama.block_count".
  std::string arch_key(std::string_view rest) const;
  const GgufTensor* find_tensor(std::string_view name) const noexcept;
};

struct GgufReadOptions {
  /// Accept files of the other byte order: their metadata are converted, their
  /// tensor data are not.
  bool accept_big_endian = false;
  /// The data must be present in full. Without it a file that was cut off
  /// behind its header is still described.
  bool require_data = true;
  /// Bytes fetched at first where the source is not mapped; doubles then, up
  /// to 4 MiB at a time.
  std::uint64_t first_window = 256 << 10;
};

/// Reads and validates the header; fetches only that (in growing windows) from
/// a source that is not mapped.
/// Errors: kCorrupt (says what and where), kUnsupported (version, byte order,
/// types), kLimit, and those of the source.
Result<Gguf> read_gguf(const ByteSource& source,
                       const GgufReadOptions& options = {});
/// Whether the source begins as a gguf file does.
bool looks_like_gguf(const ByteSource& source);

/// The bytes of one tensor. Errors: kCorrupt when they are not all there.
Result<ByteSourcePtr> tensor_source(const Gguf& gguf, const GgufTensor& tensor,
                                    const ByteSourcePtr& source);

/// A file before it is written: the bytes in front of the data and where
/// everything will lie. Pure; the same input gives the same bytes as the
/// reference writers give.
struct GgufLayout {
  std::vector<std::byte> header = {};    // padded, when there are tensors
  std::vector<GgufTensor> tensors = {};  // with offset and bytes
  std::uint32_t alignment = kDefaultAlignment;
  std::uint64_t data_offset = 0;  // == header.size()
  std::uint64_t file_bytes = 0;

  std::uint64_t file_offset(std::size_t i) const noexcept {
    return data_offset + tensors[i].offset;
  }
};

/// Takes alignment from general.alignment (u32) in the metadata, 32 without
/// it. Metadata keep their order; offset and bytes of tensors are computed.
/// Errors: kCorrupt for duplicate or empty names and keys, bad alignment, or
/// sizes that do not fit; kLimit.
Result<GgufLayout> layout_gguf(const GgufMetadata& metadata,
                               std::vector<GgufTensor> tensors,
                               std::uint32_t version = 3);
/// Bytes of the header without making it. Errors: as layout_gguf.
Result<std::uint64_t> gguf_header_bytes(const GgufMetadata& metadata,
                                        std::span<const GgufTensor> tensors);

/// Bytes of the whole file. Errors: as layout_gguf.
Result<std::uint64_t> gguf_file_bytes(const GgufMetadata& metadata,
                                      std::span<const GgufTensor> tensors);

/// Streams a file in its final order: header, then the data of each tensor in
/// pieces of any size, padded. One thread.
class GgufWriter {
 public:
  /// `write` must outlive the writer's last call.
  GgufWriter(GgufLayout layout, WriteBytes write);

  const GgufLayout& layout() const noexcept { return layout_; }

  Result<void> write_header();
  /// The next bytes of tensor `next()`; when it is full its padding follows
  /// and the next one begins. Errors: kInternal for more bytes than it has;
  /// those of `write`.
  Result<void> write(std::span<const std::byte> bytes);
  /// All of the next tensor from a source of its size, in pieces.
  Result<void> copy(const ByteSource& source);

  /// The tensor whose bytes are due; layout().tensors.size() at the end.
  std::size_t next() const noexcept { return next_; }

  /// Errors: kInternal when tensors are missing.
  Result<void> finish();

 private:
  Result<void> skip_full();

  GgufLayout layout_;
  WriteBytes write_;
  std::size_t next_ = 0;
  std::uint64_t done_ = 0;  // bytes of tensor next_
  bool header_done_ = false;
};

}  // namespace hug::format
