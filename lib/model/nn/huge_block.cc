#include "nn/huge_block.h"

#include <sys/mman.h>

#include <utility>

#include "sys/large_pages.h"

namespace hug::nn {

HugeBlock::HugeBlock(std::size_t size)
    : data_(sys::map_large(size)), size_(data_ == nullptr ? 0 : size) {}

HugeBlock::~HugeBlock() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

HugeBlock::HugeBlock(HugeBlock&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

HugeBlock& HugeBlock::operator=(HugeBlock&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace hug::nn
