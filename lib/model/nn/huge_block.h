// Anonymous memory that the kernel backs with large pages where it can.
#pragma once

#include <cstddef>

namespace hug::nn {

/// Zeroed memory of its own mapping, aligned to 2 MiB when it is as large.
/// Pages are taken when they are first touched. Empty when the system refused.
class HugeBlock {
 public:
  HugeBlock() = default;
  explicit HugeBlock(std::size_t size);
  ~HugeBlock();
  HugeBlock(HugeBlock&& other) noexcept;
  HugeBlock& operator=(HugeBlock&& other) noexcept;
  HugeBlock(const HugeBlock&) = delete;
  HugeBlock& operator=(const HugeBlock&) = delete;

  std::byte* data() const noexcept { return data_; }

  std::size_t size() const noexcept { return size_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace hug::nn
