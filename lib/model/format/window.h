// Reads a source from its start, piece by piece, fetching as little as it can:
// a mapping is read in place, anything else through a window that grows while
// more is asked for and forgets what was taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hug/byte_source.h"
#include "hug/result.h"

namespace hug::format {

class Window {
 public:
  /// `limit`: no byte from there on is read. `first`: bytes of the first
  /// fetch.
  Window(const ByteSource& source, std::uint64_t limit, std::uint64_t first,
         std::uint64_t offset = 0);

  /// The next n bytes, valid until the next call. Errors: kCorrupt beyond the
  /// end of the source, kLimit beyond the limit, those of the source.
  Result<std::span<const std::byte>> take(std::uint64_t n);

  /// Passes over n bytes without fetching them. Errors: as take.
  Result<void> skip(std::uint64_t n);

  std::uint64_t position() const noexcept { return position_; }

  /// Bytes that may still be taken.
  std::uint64_t remaining() const noexcept { return end_ - position_; }

  /// The part of them that costs no fetch.
  std::uint64_t buffered() const noexcept;

 private:
  Result<void> check(std::uint64_t n) const;
  Result<void> fetch(std::uint64_t n);

  const ByteSource& source_;
  std::span<const std::byte> mapped_;
  std::uint64_t end_;   // of the source, or the limit
  std::uint64_t step_;  // of the next fetch
  std::uint64_t position_;
  std::uint64_t begin_;  // where the buffer begins in the source
  std::vector<std::byte> buffer_;
};

}  // namespace hug::format
