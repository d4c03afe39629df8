// The small text that stands in git for a large object (git-lfs pointer, v1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hug::hub {

struct LfsPointer {
  std::string oid;  // sha256 in hex
  std::uint64_t size = 0;
};

/// Pointers are shorter than this; longer blobs need not be looked at.
inline constexpr std::size_t kMaxPointerSize = 1024;

/// Nothing when the text is not exactly a pointer.
std::optional<LfsPointer> parse_pointer(std::string_view text);
std::string format_pointer(const LfsPointer& pointer);

}  // namespace hug::hub
