// CRC-32 as ZIP, gzip and PNG use it (reflected 0x04C11DB7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hug::base {

/// The CRC of `bytes` after bytes whose CRC is `before`.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0);

}  // namespace hug::base
