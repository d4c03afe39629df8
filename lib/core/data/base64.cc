#include "data/base64.h"

#include <array>
#include <cstdint>

namespace hug::data {

namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

char digit(std::uint32_t value, Base64 alphabet) {
  if (value < 62) return kDigits[value];
  if (alphabet == Base64::kUrl) return value == 62 ? '-' : '_';
  return value == 62 ? '+' : '/';
}

int value_of(char c, Base64 alphabet) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == digit(62, alphabet)) return 62;
  if (c == digit(63, alphabet)) return 63;
  return -1;
}

}  // namespace

std::string to_base64(std::span<const std::byte> bytes, Base64 alphabet,
                      bool padding) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = bytes.size() - i < 3 ? bytes.size() - i : 3;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const std::byte b = k < n ? bytes[i + k] : std::byte{0};
      group = group << 8 | std::to_integer<std::uint32_t>(b);
    }
    for (std::size_t k = 0; k <= n; ++k) {
      out += digit(group >> (18 - 6 * k) & 63, alphabet);
    }
    if (padding) out.append(3 - n, '=');
  }
  return out;
}

std::string to_base64(std::string_view text, Base64 alphabet, bool padding) {
  return to_base64(std::as_bytes(std::span(text)), alphabet, padding);
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text,
                                                  Base64 alphabet) {
  const std::size_t padded = text.size();
  while (!text.empty() && text.back() == '=' && padded - text.size() < 2) {
    text.remove_suffix(1);
  }
  const bool has_padding = text.size() != padded;
  if (text.size() % 4 == 1 || (has_padding && padded % 4 != 0)) return {};
  std::vector<std::byte> out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int value = value_of(c, alphabet);
    if (value < 0) return {};
    group = (group << 6 | static_cast<std::uint32_t>(value)) & 0xFFFF;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<std::byte>(group >> bits & 0xFF));
  }
  // What is left over belongs to no byte and must say nothing.
  if ((group & ((1U << bits) - 1)) != 0) return {};
  return out;
}

}  // namespace hug::data
