// The memory that one forward pass computes in: taken and given back like a
// stack, kept from pass to pass.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nn/huge_block.h"

namespace hug::nn {

/// One thread takes; everybody may write into what was taken.
class Workspace {
 public:
  /// `n` floats at a multiple of 64 bytes, not initialised, until the Scope
  /// around ends. Throws std::bad_alloc when the system has no memory left.
  std::span<float> take(std::size_t n);

  /// Gives everything back.
  void clear() noexcept { give_back(0, 0); }

  /// Bytes kept.
  std::size_t size() const noexcept;

  /// Gives back what was taken since it began.
  class Scope {
   public:
    explicit Scope(Workspace& workspace) noexcept
        : workspace_(workspace),
          block_(workspace.block_),
          used_(workspace.used_) {}

    ~Scope() { workspace_.give_back(block_, used_); }

    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Workspace& workspace_;
    std::size_t block_;
    std::size_t used_;
  };

 private:
  void give_back(std::size_t block, std::size_t used) noexcept;

  std::vector<HugeBlock> blocks_;
  std::size_t block_ = 0;  // where the next piece comes from
  std::size_t used_ = 0;   // bytes of it
};

}  // namespace hug::nn
