#include "sys/random_source.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <vector>

namespace hug::sys {

void random_bytes(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t n = ::getrandom(out.data(), out.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    // Without randomness nothing secret can be made: there is no way on.
    if (n <= 0) std::abort();
    out = out.subspan(static_cast<std::size_t>(n));
  }
}

std::string random_hex(std::size_t digits) {
  std::vector<std::byte> bytes((digits + 1) / 2);
  random_bytes(bytes);
  std::string out;
  for (const std::byte b : bytes) {
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4];
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) & 15];
  }
  out.resize(digits);
  return out;
}

Random::Random() : state_(0) {
  std::array<std::uint64_t, 1> seed{};
  random_bytes(std::as_writable_bytes(std::span(seed)));
  state_ = seed[0];
}

std::uint64_t Random::next() noexcept {
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

double Random::unit() noexcept {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::uint64_t Random::below(std::uint64_t bound) noexcept {
  // Draws again in the part of the range that would favour small values.
  const std::uint64_t odd = (0 - bound) % bound;
  while (true) {
    const std::uint64_t value = next();
    if (value >= odd) return value % bound;
  }
}

}  // namespace hug::sys
