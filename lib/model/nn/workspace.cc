#include "nn/workspace.h"

#include <algorithm>
#include <cstdint>
#include <new>

namespace hug::nn {

namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kSmallest = std::size_t{64} << 10;

}  // namespace

std::span<float> Workspace::take(std::size_t n) {
  if (n > (SIZE_MAX >> 4)) throw std::bad_alloc();
  const std::size_t size = (n * sizeof(float) + kLine - 1) / kLine * kLine;
  while (block_ < blocks_.size() && blocks_[block_].size() - used_ < size) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    blocks_.emplace_back(std::max({size, kSmallest, this->size()}));
    if (blocks_.back().data() == nullptr) {
      blocks_.pop_back();
      throw std::bad_alloc();
    }
  }
  std::byte* at = blocks_[block_].data() + used_;
  used_ += size;
  return {reinterpret_cast<float*>(at), n};
}

std::size_t Workspace::size() const noexcept {
  std::size_t out = 0;
  for (const auto& block : blocks_)
    out += block.size();
  return out;
}

void Workspace::give_back(std::size_t block, std::size_t used) noexcept {
  block_ = block;
  used_ = used;
  // Once all is free, one block takes the place of several: it will fit
  // together what they could not.
  if (block_ != 0 || used_ != 0 || blocks_.size() < 2) return;
  const std::size_t all = size();
  blocks_.clear();
  HugeBlock one(all);
  if (one.data() != nullptr) blocks_.push_back(std::move(one));
}

}  // namespace hug::nn
