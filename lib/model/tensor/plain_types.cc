#include "tensor/plain_types.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "tensor/scalar.h"

namespace hug::tensor {
namespace {

template <class T>
void decode_number(std::span<const std::byte> in, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); i++) {
    T value{};
    std::memcpy(&value, in.data() + i * sizeof(T), sizeof(T));
    out[i] = static_cast<float>(value);
  }
}

using ByteToFloat = float (*)(std::uint8_t);

void decode_byte_float(std::span<const std::byte> in, std::span<float> out,
                       ByteToFloat value) {
  std::array<float, 256> table{};
  for (std::size_t b = 0; b < 256; b++)
    table[b] = value(static_cast<std::uint8_t>(b));
  for (std::size_t i = 0; i < out.size(); i++)
    out[i] = table[std::to_integer<std::size_t>(in[i])];
}

/// A float of at most seven bits, without infinities or NaN.
float small_float(unsigned bits, unsigned exponent_bits,
                  unsigned fraction_bits) {
  const unsigned magnitude =
      bits & ((1U << (exponent_bits + fraction_bits)) - 1U);
  const unsigned exponent = magnitude >> fraction_bits;
  const unsigned fraction = magnitude & ((1U << fraction_bits) - 1U);
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const unsigned whole =
      exponent == 0 ? fraction : fraction + (1U << fraction_bits);
  const int power = (exponent == 0 ? 1 : static_cast<int>(exponent)) - bias -
                    static_cast<int>(fraction_bits);
  float value = static_cast<float>(whole);
  for (int k = power; k < 0; k++)
    value *= 0.5F;
  for (int k = power; k > 0; k--)
    value *= 2.0F;
  const bool minus = (bits >> (exponent_bits + fraction_bits) & 1U) != 0;
  return minus ? -value : value;
}

void decode_f4(std::span<const std::byte> in, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); i++) {
    const auto byte = std::to_integer<unsigned>(in[i / 2]);
    out[i] = small_float(i % 2 == 0 ? byte & 15U : byte >> 4, 2, 1);
  }
}

void decode_f6(std::span<const std::byte> in, std::span<float> out,
               unsigned exponent_bits) {
  for (std::size_t i = 0; i < out.size(); i++) {
    const std::size_t at = i / 4 * 3;
    const unsigned word = std::to_integer<unsigned>(in[at]) |
                          std::to_integer<unsigned>(in[at + 1]) << 8 |
                          std::to_integer<unsigned>(in[at + 2]) << 16;
    out[i] = small_float(word >> (6 * (i % 4)) & 63U, exponent_bits,
                         5 - exponent_bits);
  }
}

}  // namespace

Result<void> decode_plain(DType type, std::span<const std::byte> in,
                          std::span<float> out) {
  switch (type) {
    case DType::kI8:
      return decode_number<std::int8_t>(in, out), Result<void>();
    case DType::kI16:
      return decode_number<std::int16_t>(in, out), Result<void>();
    case DType::kI32:
      return decode_number<std::int32_t>(in, out), Result<void>();
    case DType::kI64:
      return decode_number<std::int64_t>(in, out), Result<void>();
    case DType::kBool:
    case DType::kU8:
      return decode_number<std::uint8_t>(in, out), Result<void>();
    case DType::kU16:
      return decode_number<std::uint16_t>(in, out), Result<void>();
    case DType::kU32:
      return decode_number<std::uint32_t>(in, out), Result<void>();
    case DType::kU64:
      return decode_number<std::uint64_t>(in, out), Result<void>();
    case DType::kF64:
      return decode_number<double>(in, out), Result<void>();
    case DType::kF8E4M3:
      return decode_byte_float(in, out, f8_e4m3_to_f32), Result<void>();
    case DType::kF8E5M2:
      return decode_byte_float(in, out, f8_e5m2_to_f32), Result<void>();
    case DType::kF8E4M3Fnuz:
      return decode_byte_float(in, out, f8_e4m3fnuz_to_f32), Result<void>();
    case DType::kF8E5M2Fnuz:
      return decode_byte_float(in, out, f8_e5m2fnuz_to_f32), Result<void>();
    case DType::kF8E8M0:
      return decode_byte_float(in, out,
                               [](std::uint8_t e) { return e8m0_to_f32(e); }),
             Result<void>();
    case DType::kF4:
      return decode_f4(in, out), Result<void>();
    case DType::kF6E2M3:
      return decode_f6(in, out, 2), Result<void>();
    case DType::kF6E3M2:
      return decode_f6(in, out, 3), Result<void>();
    default:
      return Error(Code::kUnsupported,
                   "cannot decode " + std::string(name(type)) + " to floats");
  }
}

}  // namespace hug::tensor
