#include "tensor/scalar.h"

#include <bit>
#include <cmath>

namespace hug::tensor {
namespace {

/// A small float: sign, exponent and fraction bits, the smallest exponent.
struct Layout {
  int fraction_bits;
  int bias;
};

float expand(std::uint8_t bits, Layout f) {
  const int magnitude = bits & 0x7f;
  const int exponent = magnitude >> f.fraction_bits;
  const int fraction = magnitude & ((1 << f.fraction_bits) - 1);
  const int whole =
      exponent == 0 ? fraction : fraction + (1 << f.fraction_bits);
  const int power = (exponent == 0 ? 1 : exponent) - f.bias - f.fraction_bits;
  const float value = std::ldexp(static_cast<float>(whole), power);
  return (bits & 0x80) != 0 ? -value : value;
}

/// Magnitude bits, rounded to nearest even; may run past the largest.
std::uint32_t shrink(float magnitude, Layout f) {
  if (magnitude == 0.0F) return 0;
  int exponent = 0;
  (void)std::frexp(magnitude, &exponent);
  int stored = exponent - 1 + f.bias;
  if (stored < 1) stored = 1;
  const float scaled = std::ldexp(magnitude, f.bias + f.fraction_bits - stored);
  const auto whole = static_cast<std::uint32_t>(std::nearbyint(scaled));
  // A whole of 2^fraction_bits or more carries into the exponent by itself.
  return whole + (static_cast<std::uint32_t>(stored - 1) << f.fraction_bits);
}

constexpr float kNan = std::bit_cast<float>(0x7fc00000U);
constexpr Layout kE4M3{3, 7};
constexpr Layout kE5M2{2, 15};

}  // namespace

float ue4m3_to_f32_half(std::uint8_t bits) noexcept {
  if (bits == 0x7f) return 0.0F;
  return 0.5F * expand(bits & 0x7f, kE4M3);
}

std::uint8_t f32_to_ue4m3(float value) noexcept {
  if (!(value > 0.0F)) return 0;
  const float x = value > 448.0F ? 448.0F : value;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  int exponent = static_cast<int>((bits >> 23) & 255U) - 127 + 7;
  if (exponent <= 0) {
    const int m = static_cast<int>(x * 512.0F + 0.5F);
    return static_cast<std::uint8_t>(m > 7 ? 7 : m < 1 ? 0 : m);
  }
  if (exponent >= 15) return 0x7e;
  std::uint32_t m = ((bits >> 20) & 7U) + ((bits >> 19) & 1U);
  if (m > 7) {
    m = 0;
    if (++exponent >= 15) return 0x7e;
  }
  return static_cast<std::uint8_t>((static_cast<std::uint32_t>(exponent) << 3) |
                                   m);
}

float f8_e4m3_to_f32(std::uint8_t bits) noexcept {
  return (bits & 0x7f) == 0x7f ? kNan : expand(bits, kE4M3);
}

float f8_e5m2_to_f32(std::uint8_t bits) noexcept {
  // It is the upper half of an f16.
  return f16_to_f32(static_cast<std::uint16_t>(bits << 8));
}

float f8_e4m3fnuz_to_f32(std::uint8_t bits) noexcept {
  return bits == 0x80 ? kNan : expand(bits, Layout{3, 8});
}

float f8_e5m2fnuz_to_f32(std::uint8_t bits) noexcept {
  return bits == 0x80 ? kNan : expand(bits, Layout{2, 16});
}

std::uint8_t f32_to_f8_e4m3(float value) noexcept {
  const std::uint32_t sign = std::signbit(value) ? 0x80 : 0;
  if (std::isnan(value) || std::isinf(value))
    return static_cast<std::uint8_t>(sign | 0x7f);
  const std::uint32_t bits = shrink(std::fabs(value), kE4M3);
  return static_cast<std::uint8_t>(sign | (bits > 0x7e ? 0x7f : bits));
}

std::uint8_t f32_to_f8_e5m2(float value) noexcept {
  const std::uint32_t sign = std::signbit(value) ? 0x80 : 0;
  if (std::isnan(value)) return static_cast<std::uint8_t>(sign | 0x7f);
  if (std::isinf(value)) return static_cast<std::uint8_t>(sign | 0x7c);
  const std::uint32_t bits = shrink(std::fabs(value), kE5M2);
  return static_cast<std::uint8_t>(sign | (bits > 0x7b ? 0x7c : bits));
}

}  // namespace hug::tensor
