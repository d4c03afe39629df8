// Randomness: names that do not collide, jitter, seeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace hug::sys {

/// From the operating system; fit for keys.
void random_bytes(std::span<std::byte> out);
/// `digits` lower-case hex digits from the operating system.
std::string random_hex(std::size_t digits);

/// A fast sequence (splitmix64) from a seed; not for keys. One thread at once.
class Random {
 public:
  Random();  // seeded by the operating system

  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept;
  /// In [0, 1).
  double unit() noexcept;
  /// In [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound) noexcept;

 private:
  std::uint64_t state_;
};

}  // namespace hug::sys
