// Importance matrices: for each tensor, how much every column of it matters,
// measured by running the model over a text. Two file formats:
//
//   "dat" (little-endian): i32 entries; each: i32 length, name, i32 calls,
//   i32 count, f32 values[count] (sums times calls); then optionally i32 last
//   chunk, i32 length, name of the data set.
//
//   gguf: general.type "imatrix", imatrix.datasets, imatrix.chunk_count,
//   imatrix.chunk_size; tensors NAME.in_sum2 (n, m) and NAME.counts (1, m).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hug/byte_source.h"
#include "hug/result.h"

namespace hug::quantize {

inline constexpr std::uint64_t kMaxImportanceFile = std::uint64_t{1} << 30;

struct Importance {
  /// By tensor name; n_per_row values, or as many for each expert.
  std::map<std::string, std::vector<float>, std::less<>> entries = {};
  std::string file = {};     // as it was named
  std::string dataset = {};  // the first of them
  std::uint32_t chunks = 0;

  bool empty() const noexcept { return entries.empty(); }

  /// Null when there is nothing about the tensor.
  const std::vector<float>* find(std::string_view name) const noexcept;
};

/// Reads either format; every value is finite.
/// Errors: kCorrupt, kLimit, those of the source.
Result<Importance> read_importance(const ByteSource& source);

/// Keeps the entries whose names hold one of `include` (all when empty), and
/// drops those that hold one of `exclude`.
void filter_entries(Importance& importance,
                    const std::vector<std::string>& include,
                    const std::vector<std::string>& exclude);

}  // namespace hug::quantize
