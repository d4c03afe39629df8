// Large pages under the weights of a mapped model, while it runs.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "nn/team.h"

namespace hug::arch {
struct TensorSet;
}

namespace hug::engine {

/// Moves mapped weights to large pages, at the same addresses and bit for bit:
/// a little between two passes, so that nobody waits for it. Only where a
/// measurement says that they are read faster, and where memory is left. One
/// caller at a time; the files must outlive it.
class Packing {
 public:
  Packing() = default;
  /// For tensors that lie in mapped files.
  explicit Packing(const arch::TensorSet& tensors);

  /// Compares both kinds of pages, if the weights are in memory already; a few
  /// milliseconds. Nothing is moved where large ones are not faster.
  void measure(nn::Team& team);
  /// Moves on for about `seconds`.
  void advance(nn::Team& team, double seconds);
  /// Moves all that is left.
  void finish(nn::Team& team);

  bool is_done() const noexcept { return ranges_.empty(); }

 private:
  std::size_t next_batch(std::size_t most);

  std::vector<std::span<const std::byte>> ranges_ = {};  // what is left
  std::vector<std::span<const std::byte>> batch_ = {};   // being moved
  bool faster_ = false;  // large pages, as measured
};

}  // namespace hug::engine
