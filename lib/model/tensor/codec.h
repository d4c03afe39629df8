// Rows of any type to f32 and back. Pure functions over spans, safe from any
// number of threads; the results do not depend on the instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hug/result.h"
#include "tensor/dtype.h"
#include "tensor/isa.h"

namespace hug::tensor {

/// Whether decode_rows knows the type (all but kC64).
bool can_decode(DType type) noexcept;
/// Whether encode_rows knows the type.
bool can_encode(DType type) noexcept;
/// Nothing, or kUnsupported with a hint naming a type to use instead.
Result<void> check_encodable(DType type);
/// Whether the values of an importance matrix change the encoder's choice.
bool uses_importance(DType type) noexcept;

/// Decodes out.size() elements. Integers are converted, F8 and F4 expanded.
/// Errors: kUnsupported; kCorrupt when the sizes do not belong together.
Result<void> decode_rows(DType type, std::span<const std::byte> blocks,
                         std::span<float> out, Isa isa = best_isa());

/// Encodes rows of n_per_row elements each.
/// Shape: rows (n_row, n_per_row); importance (n_per_row), used for every
/// row, or empty; out row_bytes(type, n_per_row) * n_row bytes.
/// Errors: kUnsupported; kUsage when the sizes do not belong together.
Result<void> encode_rows(DType type, std::span<const float> rows,
                         std::size_t n_per_row,
                         std::span<const float> importance,
                         std::span<std::byte> out, Isa isa = best_isa());

/// Says whether the bytes can be values of the type: scales and floats must be
/// finite. Errors: kCorrupt naming the first bad element or block; kUnsupported
/// for types that have no place in a file.
Result<void> validate_rows(DType type, std::span<const std::byte> blocks);

}  // namespace hug::tensor
