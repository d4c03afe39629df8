// Makes any range of rows of a planned tensor: reads what it needs of the
// checkpoint, puts rows in order, computes, encodes. Rows are independent, so
// ranges may be made in any order and by any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "arch/checkpoint/plan.h"
#include "arch/tensor_rule.h"
#include "hug/result.h"

namespace hug::arch {

/// Buffers that one thread keeps between calls.
struct GatherBuffers {
  std::vector<std::byte> raw = {};
  std::vector<std::byte> ordered = {};
  std::vector<float> floats = {};
};

class Gather {
 public:
  /// Both must outlive this.
  Gather(const PlannedTensor& tensor, const Geometry& geometry);

  /// Rows that must not be split.
  std::uint64_t unit() const noexcept { return unit_; }

  std::uint64_t n_rows() const noexcept { return n_rows_; }

  /// Bytes of a row in the new file.
  std::uint64_t row_bytes() const noexcept { return row_bytes_; }

  /// Rows to make at a time: a few MiB, a multiple of unit().
  std::uint64_t block_rows() const noexcept { return block_rows_; }

  /// Fills `out` with rows [first, first + n); both multiples of unit() but at
  /// the end. `out` has n * row_bytes() bytes.
  Result<void> make(std::uint64_t first, std::uint64_t n,
                    std::span<std::byte> out, GatherBuffers& buffers) const;

 private:
  struct Source {
    std::size_t part = 0;
    std::uint64_t slice = 0;
  };

  Source source_of(std::uint64_t slice) const noexcept;
  std::uint64_t grouped_source(std::uint64_t row) const noexcept;
  Result<void> read_slices(std::uint64_t first, std::uint64_t n,
                           std::span<std::byte> out,
                           GatherBuffers& buffers) const;
  Result<void> read_transposed(std::uint64_t first, std::uint64_t n,
                               std::span<std::byte> out,
                               GatherBuffers& buffers) const;
  Result<void> make_mxfp4(std::uint64_t first, std::uint64_t n,
                          std::span<std::byte> out,
                          GatherBuffers& buffers) const;
  Result<void> finish(std::span<const std::byte> in, std::span<std::byte> out,
                      GatherBuffers& buffers) const;
  bool transposes() const noexcept;
  bool computes() const noexcept;

  const PlannedTensor& tensor_;
  const Geometry& geometry_;
  std::uint64_t n_rows_ = 0;
  std::uint64_t row_length_ = 0;
  std::uint64_t row_bytes_ = 0;
  std::uint64_t unit_ = 1;
  std::uint64_t block_rows_ = 1;
  std::uint64_t element_bytes_ = 4;  // in the checkpoint
  std::uint64_t slice_length_ = 0;   // elements that move together
  std::uint64_t slice_bytes_ = 0;
};

}  // namespace hug::arch
