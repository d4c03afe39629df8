#include "nn/huge_block.h"

#include <sys/mman.h>

#include <cstdint>
#include <utility>

namespace hug::nn {

namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20;

}  // namespace

HugeBlock::HugeBlock(std::size_t size) {
  const std::size_t slack = size >= kLargePage ? kLargePage : 0;
  if (size == 0 || size > SIZE_MAX / 2) return;
  void* at = ::mmap(nullptr, size + slack, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return;
  mapping_ = at;
  mapped_ = size + slack;
  size_ = size;
  data_ = static_cast<std::byte*>(at);
  if (slack == 0) return;
  const auto over = reinterpret_cast<std::uintptr_t>(at) % kLargePage;
  if (over != 0) data_ += kLargePage - over;
  // Advice: without it everything works, a little slower.
  static_cast<void>(::madvise(data_, size, MADV_HUGEPAGE));
}

HugeBlock::~HugeBlock() {
  if (mapping_ != nullptr) ::munmap(mapping_, mapped_);
}

HugeBlock::HugeBlock(HugeBlock&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      mapping_(std::exchange(other.mapping_, nullptr)),
      mapped_(std::exchange(other.mapped_, 0)) {}

HugeBlock& HugeBlock::operator=(HugeBlock&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(mapping_, other.mapping_);
  std::swap(mapped_, other.mapped_);
  return *this;
}

}  // namespace hug::nn
