// Bytes as hexadecimal digits and back.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hug::base {

/// Lower-case digits, two a byte.
std::string to_hex(std::span<const std::byte> bytes);
/// Nothing when the length is odd or a character is no digit.
std::optional<std::vector<std::byte>> from_hex(std::string_view digits);
/// True for exactly `size` lower-case hexadecimal digits: what a digest or a
/// commit must look like before it becomes part of a path.
bool is_lower_hex(std::string_view text, std::size_t size);

}  // namespace hug::base
