// Bytes of a fuzzer as a list of choices.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

namespace hug::fuzz {

class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }

  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t out = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return out;
  }

  std::size_t below(std::size_t n) {
    const std::size_t two = byte() | (std::size_t{byte()} << 8);
    return n == 0 ? 0 : two % n;
  }

  /// A number that files lie with: small, a power of two, or near a limit.
  std::uint64_t number() {
    constexpr std::array<std::uint64_t, 8> kLimits = {
        0,          1,          0x7fffffff, 0xffffffff,
        1ULL << 32, 1ULL << 61, UINT64_MAX, INT64_MAX};
    const std::uint8_t kind = byte();
    const std::uint8_t value = byte();
    if (kind < 128) return value;
    if (kind < 192) return std::uint64_t{1} << (value % 64);
    return kLimits[value % kLimits.size()];
  }

  double real() {
    constexpr std::array<double, 8> kOdd = {
        0.0,
        -1.0,
        1e-38,
        1e38,
        std::numeric_limits<double>::infinity(),
        std::numeric_limits<double>::quiet_NaN(),
        1e300,
        -0.0};
    return kOdd[byte() % kOdd.size()];
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace hug::fuzz
