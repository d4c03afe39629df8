// The records of a zip archive (APPNOTE 6.3), little-endian.
//
//   end of directory  0 4 "PK\5\6"  4 2 disk  6 2 disk of directory
//     8 2 entries here  10 2 entries  12 4 directory size
//     16 4 directory offset  20 2 comment size
//   zip64 locator (20 bytes in front of it)  0 4 "PK\6\7"  4 4 disk
//     8 8 offset of the zip64 end  16 4 disks
//   zip64 end  0 4 "PK\6\6"  4 8 size  16 4 disk  20 4 disk of directory
//     24 8 entries here  32 8 entries  40 8 directory size
//     48 8 directory offset
//   directory entry (46 bytes, then name, extra, comment)  0 4 "PK\1\2"
//     8 2 flags  10 2 method  16 4 crc  20 4 packed  24 4 size
//     28 2 name size  30 2 extra size  32 2 comment size  34 2 disk
//     42 4 offset of the local header
//   local header (30 bytes, then name, extra)  0 4 "PK\3\4"  6 2 flags
//     8 2 method  14 4 crc  18 4 packed  22 4 size  26 2 name  28 2 extra
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/zip.h"
#include "hug/byte_source.h"

namespace hug::data::zip {

constexpr std::size_t kEndSize = 22;
constexpr std::size_t kLocatorSize = 20;
constexpr std::size_t kEnd64Size = 56;
constexpr std::size_t kEntrySize = 46;
constexpr std::size_t kLocalSize = 30;

struct End {
  std::uint64_t entries = 0;
  std::uint64_t directory_size = 0;
  std::uint64_t directory_offset = 0;
};

/// Looks for the end record at the very end and before a comment.
Result<End> find_end(const ByteSource& source);

Result<std::vector<ZipEntry>> parse_directory(std::span<const std::byte> bytes,
                                              std::uint64_t entries,
                                              const std::string& archive);

struct Local {
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint32_t packed_size = 0;
  std::uint32_t size = 0;
  std::uint16_t name_size = 0;
  std::uint16_t extra_size = 0;
};

std::optional<Local> parse_local(std::span<const std::byte> bytes);
/// Whether the local header (and its name and extra fields) says the same as
/// the directory. Sizes and CRC may be left to a descriptor behind the data
/// (flag 3).
bool agrees(const Local& local, std::span<const std::byte> name_and_extra,
            const ZipEntry& entry);

}  // namespace hug::data::zip
