#include "tensor/scalar.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>

using namespace hug::tensor;  // NOLINT

namespace {

/// The value of an f16 by its definition.
double f16_value(std::uint16_t h) {
  const int exponent = (h >> 10) & 31;
  const int fraction = h & 1023;
  const double magnitude = exponent == 0
                               ? std::ldexp(fraction, -24)
                               : std::ldexp(1024 + fraction, exponent - 25);
  return (h & 0x8000) != 0 ? -magnitude : magnitude;
}

}  // namespace

TEST_CASE("f16: every value, and back") {
  for (std::uint32_t h = 0; h < 0x10000; h++) {
    const auto half = static_cast<std::uint16_t>(h);
    const float f = f16_to_f32(half);
    if ((half & 0x7c00) == 0x7c00) {
      CHECK(((half & 0x3ff) != 0 ? std::isnan(f) : std::isinf(f)));
      continue;
    }
    CHECK(static_cast<double>(f) == f16_value(half));
    CHECK(f32_to_f16(f) == half);
  }
}

TEST_CASE("f16: rounding goes to the nearest, ties to even") {
  for (std::uint16_t h = 0; h < 0x7bff; h++) {
    const double a = f16_value(h);
    const double b = f16_value(static_cast<std::uint16_t>(h + 1));
    const auto middle = static_cast<float>((a + b) / 2);
    CHECK(f32_to_f16(middle) == (h % 2 == 0 ? h : h + 1));
    CHECK(f32_to_f16(std::nextafter(middle, 0.0F)) == h);
    CHECK(f32_to_f16(std::nextafter(middle, 1e9F)) == h + 1);
  }
  CHECK(f32_to_f16(65519.99F) == 0x7bff);
  CHECK(f32_to_f16(65520.0F) == 0x7c00);
  CHECK(f32_to_f16(-1e30F) == 0xfc00);
  CHECK(f32_to_f16(std::bit_cast<float>(0xff800001U)) == 0xfe00);
  CHECK(f32_to_f16(-0.0F) == 0x8000);
}

TEST_CASE("bf16: truncation with rounding, NaN stays NaN") {
  CHECK(f32_to_bf16(1.0F) == 0x3f80);
  CHECK(f32_to_bf16(std::bit_cast<float>(0x3f808000U)) == 0x3f80);
  CHECK(f32_to_bf16(std::bit_cast<float>(0x3f818000U)) == 0x3f82);
  CHECK(f32_to_bf16(std::bit_cast<float>(0x7f800001U)) == 0x7fc0);
  for (std::uint32_t b = 0; b < 0x10000; b += 7) {
    const auto bits = static_cast<std::uint16_t>(b);
    if (!std::isnan(bf16_to_f32(bits)))
      CHECK(f32_to_bf16(bf16_to_f32(bits)) == bits);
  }
}

TEST_CASE("f8: known values, and every value back") {
  CHECK(f8_e4m3_to_f32(0x7e) == 448.0F);
  CHECK(f8_e4m3_to_f32(0x01) == 0x1p-9F);
  CHECK(std::isnan(f8_e4m3_to_f32(0xff)));
  CHECK(f8_e5m2_to_f32(0x7b) == 57344.0F);
  CHECK(std::isinf(f8_e5m2_to_f32(0x7c)));
  CHECK(f8_e4m3fnuz_to_f32(0x7f) == 240.0F);
  CHECK(std::isnan(f8_e4m3fnuz_to_f32(0x80)));
  CHECK(f8_e5m2fnuz_to_f32(0x7f) == 57344.0F);
  for (int b = 0; b < 256; b++) {
    const auto bits = static_cast<std::uint8_t>(b);
    if (!std::isnan(f8_e4m3_to_f32(bits)))
      CHECK(f32_to_f8_e4m3(f8_e4m3_to_f32(bits)) == bits);
    if (!std::isnan(f8_e5m2_to_f32(bits)))
      CHECK(f32_to_f8_e5m2(f8_e5m2_to_f32(bits)) == bits);
  }
  CHECK(f32_to_f8_e4m3(17.0F) == f32_to_f8_e4m3(16.0F));  // a tie, to even
  CHECK(f32_to_f8_e4m3(500.0F) == 0x7f);
  CHECK(f32_to_f8_e5m2(1e9F) == 0x7c);
}

TEST_CASE("scales: powers of two, and nvfp4's") {
  CHECK(e8m0_to_f32(127) == 1.0F);
  CHECK(e8m0_to_f32(0) == 0x1p-127F);
  CHECK(std::isnan(e8m0_to_f32(255)));
  CHECK(e8m0_to_f32_half(128) == 1.0F);
  CHECK(e8m0_to_f32_half(0) == 0x1p-128F);
  CHECK(e8m0_to_f32_half(1) == 0x1p-127F);
  CHECK(ue4m3_to_f32_half(0x38) == 0.5F);
  CHECK(ue4m3_to_f32_half(0x7f) == 0.0F);
  for (int b = 1; b < 0x78; b++) {  // above, every value is taken for 448
    const auto bits = static_cast<std::uint8_t>(b);
    CHECK(f32_to_ue4m3(2 * ue4m3_to_f32_half(bits)) == bits);
  }
  CHECK(f32_to_ue4m3(1000.0F) == 0x7e);
  CHECK(f32_to_ue4m3(-1.0F) == 0);
}
