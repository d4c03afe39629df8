#include "arch/checkpoint/compare.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace hug::arch {

Result<bool> same_content(const format::CheckpointTensor& a,
                          const format::CheckpointTensor& b) {
  if (a.shape != b.shape || a.type != b.type || a.bytes != b.bytes)
    return false;
  constexpr std::uint64_t kPiece = 1 << 20;
  std::vector<std::byte> one(kPiece);
  std::vector<std::byte> two(kPiece);
  for (std::uint64_t at = 0; at < a.bytes; at += kPiece) {
    const auto n = static_cast<std::size_t>(std::min(kPiece, a.bytes - at));
    HUG_TRY(a.source->read_at(at, std::span(one).first(n)));
    HUG_TRY(b.source->read_at(at, std::span(two).first(n)));
    if (std::memcmp(one.data(), two.data(), n) != 0) return false;
  }
  return true;
}

}  // namespace hug::arch
