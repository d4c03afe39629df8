// Conversions of single numbers, exact everywhere and free of any table.
#pragma once

#include <cstdint>

/// Inlined wherever it is called, so that no copy made for one instruction set
/// serves another.
#define HUG_EXACT [[gnu::always_inline]] constexpr

namespace hug::tensor {

HUG_EXACT float bf16_to_f32(std::uint16_t bits) noexcept {
  return __builtin_bit_cast(float, static_cast<std::uint32_t>(bits) << 16);
}

/// Rounds to nearest even; a NaN stays one.
HUG_EXACT std::uint16_t f32_to_bf16(float value) noexcept {
  const auto bits = __builtin_bit_cast(std::uint32_t, value);
  if ((bits & 0x7fffffffU) > 0x7f800000U)
    return static_cast<std::uint16_t>((bits >> 16) | 64);
  const std::uint32_t odd = (bits >> 16) & 1;
  return static_cast<std::uint16_t>((bits + (0x7fffU + odd)) >> 16);
}

HUG_EXACT float f16_to_f32(std::uint16_t half) noexcept {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = (half >> 10) & 31U;
  const std::uint32_t fraction = half & 0x3ffU;
  if (exponent == 31)
    return __builtin_bit_cast(float, sign | 0x7f800000U | (fraction << 13) |
                                         (fraction != 0 ? 0x400000U : 0U));
  if (exponent != 0)
    return __builtin_bit_cast(
        float, sign | ((exponent + 112) << 23) | (fraction << 13));
  const float tiny = static_cast<float>(fraction) * 0x1p-24F;
  return __builtin_bit_cast(float,
                            sign | __builtin_bit_cast(std::uint32_t, tiny));
}

/// Rounds to nearest even, with subnormals; too large gives infinity; any NaN
/// gives 0x7e00 with its sign.
HUG_EXACT std::uint16_t f32_to_f16(float value) noexcept {
  const auto bits = __builtin_bit_cast(std::uint32_t, value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const std::uint32_t abs = bits & 0x7fffffffU;
  if (abs > 0x7f800000U) return static_cast<std::uint16_t>(sign | 0x7e00U);
  if (abs >= 0x477ff000U) return static_cast<std::uint16_t>(sign | 0x7c00U);
  if (abs < 0x38800000U) {  // below 2^-14: let an addition do the rounding
    const float shifted = __builtin_bit_cast(float, abs) + 0.5F;
    const auto low = __builtin_bit_cast(std::uint32_t, shifted) - 0x3f000000U;
    return static_cast<std::uint16_t>(sign | low);
  }
  const std::uint32_t odd = (abs >> 13) & 1U;
  return static_cast<std::uint16_t>(sign |
                                    ((abs - 0x38000000U + 0xfffU + odd) >> 13));
}

/// The scale byte of microscaled types: 2^(e - 127); 255 is NaN.
HUG_EXACT float e8m0_to_f32(std::uint8_t e) noexcept {
  if (e == 255) return __builtin_bit_cast(float, 0x7fc00000U);
  return __builtin_bit_cast(
      float, e == 0 ? 0x00400000U : static_cast<std::uint32_t>(e) << 23);
}

/// Half of it, which goes with a table of doubled values (mxfp4).
HUG_EXACT float e8m0_to_f32_half(std::uint8_t e) noexcept {
  return __builtin_bit_cast(
      float,
      e < 2 ? 0x00200000U << e : static_cast<std::uint32_t>(e - 1) << 23);
}

/// The unsigned scale of nvfp4, halved as its values are doubled.
float ue4m3_to_f32_half(std::uint8_t bits) noexcept;
std::uint8_t f32_to_ue4m3(float value) noexcept;

float f8_e4m3_to_f32(std::uint8_t bits) noexcept;
float f8_e5m2_to_f32(std::uint8_t bits) noexcept;
float f8_e4m3fnuz_to_f32(std::uint8_t bits) noexcept;
float f8_e5m2fnuz_to_f32(std::uint8_t bits) noexcept;
/// Rounds to nearest even; beyond 448 gives NaN (as torch does).
std::uint8_t f32_to_f8_e4m3(float value) noexcept;
/// Rounds to nearest even; too large gives infinity.
std::uint8_t f32_to_f8_e5m2(float value) noexcept;

}  // namespace hug::tensor
