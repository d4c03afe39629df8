// Small pieces of a stream, gathered into large writes: libcurl hands over
// 16 KiB at a time, and a file system spends as long on the way into a write
// as on copying that much.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "hug/result.h"

namespace hug::transfer {

/// Bytes that follow one another. One thread at a time.
///
/// Write is Result<void>(std::uint64_t offset, std::vector<std::byte>& bytes);
/// it may keep the bytes and leave another vector in their place.
template <class Write>
class WriteGather {
 public:
  /// `size`: bytes that are written at once.
  WriteGather(std::size_t size, Write write)
      : size_(size), write_(std::move(write)) {
    held_.reserve(size);
  }

  Result<void> add(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (offset != at_ + held_.size()) {  // the stream began anew
      HUG_TRY(flush());
      at_ = offset;
    }
    while (!bytes.empty()) {
      const auto n = std::min(bytes.size(), size_ - held_.size());
      held_.insert(held_.end(), bytes.begin(),
                   bytes.begin() + static_cast<std::ptrdiff_t>(n));
      bytes = bytes.subspan(n);
      if (held_.size() == size_) HUG_TRY(flush());
    }
    return {};
  }

  /// Writes what is held.
  Result<void> flush() {
    if (held_.empty()) return {};
    const auto count = held_.size();
    HUG_TRY(write_(at_, held_));
    at_ += count;
    held_.clear();
    held_.reserve(size_);
    return {};
  }

 private:
  std::size_t size_;
  Write write_;
  std::uint64_t at_ = 0;
  std::vector<std::byte> held_ = {};
};

}  // namespace hug::transfer
