// ZIP archives (APPNOTE 6.3), read over a byte source: stored and deflated
// members, zip64. The central directory and the local headers must agree,
// members must not overlap, and contents are checked against their CRC. torch
// checkpoints are such archives with stored members, which are handed out as
// slices of the source, so nothing is copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hug/byte_source.h"
#include "hug/result.h"

namespace hug::data {

struct ZipLimits {
  std::size_t entries = 100000;
  std::uint64_t directory_bytes = std::uint64_t{256} << 20;
  std::uint64_t ratio = 1000;                             // inflated : deflated
  std::uint64_t inflated_bytes = std::uint64_t{1} << 30;  // of one member
};

struct ZipEntry {
  std::string name;  // as stored; not a safe path
  std::uint64_t size = 0;
  std::uint64_t packed_size = 0;
  std::uint64_t header_offset = 0;
  std::uint32_t crc = 0;
  std::uint16_t method = 0;  // 0 stored, 8 deflated
};

class ZipArchive {
 public:
  /// Reads the directory. Errors: kCorrupt, kLimit, kUnsupported (encrypted,
  /// split over disks, other methods), and those of the source.
  static Result<ZipArchive> open(ByteSourcePtr source, ZipLimits limits = {});

  const std::vector<ZipEntry>& entries() const noexcept { return entries_; }

  const ZipEntry* find(std::string_view name) const;
  /// A stored member as a slice of the source, its CRC not yet checked; a
  /// deflated one inflated into memory, checked.
  Result<ByteSourcePtr> member(const ZipEntry& entry) const;
  /// The content, CRC checked. Errors: kLimit above `most` bytes.
  Result<std::string> read(const ZipEntry& entry, std::uint64_t most) const;
  /// Reads the member and compares its CRC.
  Result<void> verify(const ZipEntry& entry) const;
  /// Where a stored member's bytes lie in the source.
  Result<std::uint64_t> data_offset(const ZipEntry& entry) const;

 private:
  ByteSourcePtr source_;
  ZipLimits limits_;
  std::vector<ZipEntry> entries_;
  std::vector<std::size_t> by_name_;
};

}  // namespace hug::data
