// A tensor whose rows are computed into memory of its own, by all threads.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "arch/checkpoint/gather.h"
#include "arch/tensor_set.h"
#include "hug/result.h"

namespace hug::arch {

struct MadeTensor {
  std::uint64_t n_rows = 0;
  std::uint64_t row_bytes = 0;
  std::uint64_t block_rows = 1;  // to make at a time
  /// Fills rows [first, first + n); several threads at once.
  std::function<Result<void>(std::uint64_t first, std::uint64_t n,
                             std::span<std::byte> out, GatherBuffers& buffers)>
      make = {};
};

/// Errors: those of `make`, kLimit without memory.
Result<std::span<const std::byte>> make_tensor(const MadeTensor& tensor,
                                               TensorStore& store,
                                               nn::Team& team);

}  // namespace hug::arch
