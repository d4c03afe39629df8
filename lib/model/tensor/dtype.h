// The types that elements of a tensor can have, in all containers: ids of
// gguf, names of safetensors, elements and bytes of a block.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "hug/result.h"
#include "tensor/dtype_id.h"

namespace hug::tensor {

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
