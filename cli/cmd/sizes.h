// Sizes as tables and listings show them.
#pragma once

#include <cstdint>
#include <string>

namespace hug::cli::cmd {

enum class SizeStyle : std::uint8_t { kExact, kHuman };

/// "1234567" or "1.2 MB"
std::string listing_size(std::uint64_t bytes, SizeStyle style);
/// "26.0", "1.2M": what cache tables and dry runs show
std::string short_size(std::uint64_t bytes);

}  // namespace hug::cli::cmd
