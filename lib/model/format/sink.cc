#include "format/sink.h"

#include <algorithm>
#include <array>
#include <vector>

namespace hug::format {
namespace {

constexpr std::uint64_t kPiece = 4 << 20;
constexpr std::array<std::byte, 4096> kZeros = {};

}  // namespace

Result<void> copy_source(const ByteSource& source, const WriteBytes& write) {
  if (const auto mapped = source.mapped(); !mapped.empty())
    return write(mapped);
  std::vector<std::byte> piece(
      static_cast<std::size_t>(std::min(source.size(), kPiece)));
  for (std::uint64_t at = 0; at < source.size(); at += piece.size()) {
    const auto now = std::min<std::uint64_t>(piece.size(), source.size() - at);
    const auto part = std::span(piece).first(static_cast<std::size_t>(now));
    HUG_TRY(source.read_at(at, part));
    HUG_TRY(write(part));
  }
  return {};
}

Result<void> write_zeros(const WriteBytes& write, std::uint64_t n) {
  while (n != 0) {
    const auto now = std::min<std::uint64_t>(n, kZeros.size());
    HUG_TRY(write(std::span(kZeros).first(static_cast<std::size_t>(now))));
    n -= now;
  }
  return {};
}

}  // namespace hug::format
