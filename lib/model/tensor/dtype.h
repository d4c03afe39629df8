// The types that elements of a tensor can have, in all containers: ids of
// gguf, names of safetensors, elements and bytes of a block.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "hug/result.h"

namespace hug::tensor {

/// Values below 128 are the type ids of gguf; the others exist only in
/// safetensors and PyTorch files.
enum class DType : std::uint8_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ8_1 = 9,
  kQ2K = 10,
  kQ3K = 11,
  kQ4K = 12,
  kQ5K = 13,
  kQ6K = 14,
  kQ8K = 15,
  kIq2Xxs = 16,
  kIq2Xs = 17,
  kIq3Xxs = 18,
  kIq1S = 19,
  kIq4Nl = 20,
  kIq3S = 21,
  kIq2S = 22,
  kIq4Xs = 23,
  kI8 = 24,
  kI16 = 25,
  kI32 = 26,
  kI64 = 27,
  kF64 = 28,
  kIq1M = 29,
  kBf16 = 30,
  kTq1_0 = 34,
  kTq2_0 = 35,
  kMxfp4 = 39,
  kNvfp4 = 40,
  kQ1_0 = 41,
  kQ2_0 = 42,
  kBool = 128,
  kU8 = 129,
  kU16 = 130,
  kU32 = 131,
  kU64 = 132,
  kF8E4M3 = 133,  // "fn": no infinities, 0x7f and 0xff are NaN
  kF8E5M2 = 134,
  kF8E4M3Fnuz = 135,  // 0x80 is NaN, no negative zero
  kF8E5M2Fnuz = 136,
  kF8E8M0 = 137,  // a power of two; 0xff is NaN
  kF4 = 138,      // E2M1, two in a byte, low half first
  kF6E2M3 = 139,  // four in three bytes
  kF6E3M2 = 140,
  kC64 = 141,  // two f32
};

enum class Family : std::uint8_t { kFloat, kInteger, kQuantized, kComplex };

struct DTypeInfo {
  DType type = DType::kF32;
  std::string_view name;         // as the reference prints it: "q4_K", "f16"
  std::string_view safetensors;  // "F16"; empty when it has no such name
  std::uint32_t block = 1;       // elements of a block
  std::uint32_t bytes = 4;       // bytes of a block
  Family family = Family::kFloat;

  bool in_gguf() const noexcept { return static_cast<int>(type) < 128; }

  bool quantized() const noexcept { return family == Family::kQuantized; }

  double bits_per_weight() const noexcept { return 8.0 * bytes / block; }
};

/// All types, in the order of their values.
std::span<const DTypeInfo> all_dtypes() noexcept;
const DTypeInfo& info(DType type) noexcept;

inline std::string_view name(DType type) noexcept {
  return info(type).name;
}

/// By the id that gguf files hold.
/// Errors: kUnsupported, saying what a removed or foreign id was.
Result<DType> dtype_from_gguf(std::int64_t id);
/// By the name that safetensors headers hold ("BF16").
/// Errors: kUnsupported.
Result<DType> dtype_from_safetensors(std::string_view text);
/// By name, whatever the case: "q4_k", "Q4_K", "bf16", "mxfp4".
std::optional<DType> find_dtype(std::string_view text) noexcept;

/// Bytes of a row of n elements. Errors: kCorrupt when n is not a multiple of
/// the block or the product does not fit.
Result<std::uint64_t> row_bytes(DType type, std::uint64_t n);
/// Elements of a tensor, fastest dimension first or last alike; 1 for a
/// scalar. Errors: kCorrupt when the product does not fit.
Result<std::uint64_t> element_count(std::span<const std::uint64_t> shape);
/// Bytes of a tensor whose rows have n_per_row elements.
/// Errors: as row_bytes and element_count.
Result<std::uint64_t> tensor_bytes(DType type, std::uint64_t n_per_row,
                                   std::uint64_t n_row);

}  // namespace hug::tensor
