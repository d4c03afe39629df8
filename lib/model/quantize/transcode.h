// Rows of one type to rows of another, through f32, in pieces that stay in the
// processor's cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hug/result.h"
#include "tensor/dtype.h"
#include "tensor/isa.h"

namespace hug::quantize {

/// What happens to the rows of a tensor.
struct Transcoding {
  tensor::DType from = tensor::DType::kF32;
  tensor::DType to = tensor::DType::kF32;
  std::uint64_t n_per_row = 0;
};

/// One thread's buffers. One thread at a time.
class Transcoder {
 public:
  explicit Transcoder(tensor::Isa isa = tensor::best_isa()) : isa_(isa) {}

  /// Whole rows. `importance`: n_per_row values, or empty. Source and result
  /// are validated: scales and floats must be finite.
  /// Errors: kCorrupt, kUnsupported; kUsage when sizes do not fit.
  Result<void> run(const Transcoding& what, std::span<const std::byte> in,
                   std::span<const float> importance, std::span<std::byte> out);

 private:
  Result<std::span<const float>> floats(const Transcoding& what,
                                        std::span<const std::byte> in,
                                        std::size_t n);

  tensor::Isa isa_;
  std::vector<float> rows_;
};

}  // namespace hug::quantize
