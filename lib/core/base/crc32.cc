#include "base/crc32.h"

#include <array>
#include <cstring>

namespace hug::base {

namespace {

using Table = std::array<std::array<std::uint32_t, 256>, 8>;

// Row k advances a byte by k further zero bytes, so that eight are taken at
// once.
constexpr Table make_table() {
  Table t{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) {
      c = (c & 1) != 0 ? (c >> 1) ^ 0xEDB88320U : c >> 1;
    }
    t[0][i] = c;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t i = 0; i < 256; ++i) {
      t[k][i] = (t[k - 1][i] >> 8) ^ t[0][t[k - 1][i] & 0xFF];
    }
  }
  return t;
}

constexpr Table kTable = make_table();

std::uint32_t byte_at(std::span<const std::byte> p, std::size_t i) {
  return std::to_integer<std::uint32_t>(p[i]);
}

std::uint32_t word_at(std::span<const std::byte> p, std::size_t i) {
  return byte_at(p, i) | byte_at(p, i + 1) << 8 | byte_at(p, i + 2) << 16 |
         byte_at(p, i + 3) << 24;
}

}  // namespace

std::uint32_t crc32(std::span<const std::byte> p, std::uint32_t before) {
  std::uint32_t c = ~before;
  while (p.size() >= 8) {
    const std::uint32_t low = word_at(p, 0) ^ c;
    const std::uint32_t high = word_at(p, 4);
    c = kTable[7][low & 0xFF] ^ kTable[6][low >> 8 & 0xFF] ^
        kTable[5][low >> 16 & 0xFF] ^ kTable[4][low >> 24] ^
        kTable[3][high & 0xFF] ^ kTable[2][high >> 8 & 0xFF] ^
        kTable[1][high >> 16 & 0xFF] ^ kTable[0][high >> 24];
    p = p.subspan(8);
  }
  for (std::size_t i = 0; i < p.size(); ++i) {
    c = (c >> 8) ^ kTable[0][(c ^ byte_at(p, i)) & 0xFF];
  }
  return ~c;
}

}  // namespace hug::base
