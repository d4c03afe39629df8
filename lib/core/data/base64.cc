#include "data/base64.h"

#include <array>
#include <cstdint>

namespace hug::data {

namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

using Digits = std::array<char, 64>;
using Values = std::array<std::int8_t, 256>;

constexpr Digits make_digits(char d62, char d63) {
  Digits out{};
  for (std::size_t i = 0; i < kDigits.size(); ++i)
    out[i] = kDigits[i];
  out[62] = d62;
  out[63] = d63;
  return out;
}

constexpr Values make_values(const Digits& digits) {
  Values out{};
  out.fill(-1);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    out[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
  }
  return out;
}

constexpr Digits kPlainDigits = make_digits('+', '/');
constexpr Digits kUrlDigits = make_digits('-', '_');
constexpr Values kPlainValues = make_values(kPlainDigits);
constexpr Values kUrlValues = make_values(kUrlDigits);

const Digits& digits_of(Base64 alphabet) {
  return alphabet == Base64::kUrl ? kUrlDigits : kPlainDigits;
}

const Values& values_of(Base64 alphabet) {
  return alphabet == Base64::kUrl ? kUrlValues : kPlainValues;
}

}  // namespace

std::string to_base64(std::span<const std::byte> bytes, Base64 alphabet,
                      bool padding) {
  const auto& digits = digits_of(alphabet);
  const auto at = [&](std::size_t i) {
    return i < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i]) : 0;
  };
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  auto to = out.begin();
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    *to++ = digits[group >> 18];
    *to++ = digits[group >> 12 & 63];
    *to++ = digits[group >> 6 & 63];
    *to++ = digits[group & 63];
  }
  const std::size_t spare = (3 - bytes.size() % 3) % 3;
  out.resize(out.size() - spare);
  if (padding) out.append(spare, '=');
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
  const auto& values = values_of(alphabet);
  const auto at = [&](std::size_t i) -> std::int32_t {
    return i < text.size() ? values[static_cast<unsigned char>(text[i])] : 0;
  };
  std::vector<std::byte> out((text.size() + 3) / 4 * 3);
  std::size_t to = 0;
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::int32_t a = at(i);
    const std::int32_t b = at(i + 1);
    const std::int32_t c = at(i + 2);
    const std::int32_t d = at(i + 3);
    if ((a | b | c | d) < 0) return {};
    group = static_cast<std::uint32_t>(a << 18 | b << 12 | c << 6 | d);
    out[to++] = static_cast<std::byte>(group >> 16);
    out[to++] = static_cast<std::byte>(group >> 8 & 0xFF);
    out[to++] = static_cast<std::byte>(group & 0xFF);
  }
  const std::size_t spare = (4 - text.size() % 4) % 4;
  out.resize(to - spare);
  // What is left over belongs to no byte and must say nothing.
  if ((group & ((1U << 8 * spare) - 1)) != 0) return {};
  return out;
}

}  // namespace hug::data
