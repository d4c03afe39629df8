// Base64 (RFC 4648).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hug::data {

enum class Base64 { kStandard, kUrl };  // '+' '/', or '-' '_'

std::string to_base64(std::span<const std::byte> bytes,
                      Base64 alphabet = Base64::kStandard, bool padding = true);
std::string to_base64(std::string_view text,
                      Base64 alphabet = Base64::kStandard, bool padding = true);
/// Strict, but for missing padding; nothing when it is not base64. Bits beyond
/// the last byte must be zero.
std::optional<std::vector<std::byte>> from_base64(
    std::string_view text, Base64 alphabet = Base64::kStandard);

}  // namespace hug::data
