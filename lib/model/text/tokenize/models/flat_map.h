// The two hash tables that tokenizing spends its time in: token text to id,
// and a pair of ids to the id they merge to. Open addressing, built once, then
// read only.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "format/gguf_value.h"

namespace hug::text {

inline std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93u;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93u;
  return x ^ (x >> 32);
}

inline std::uint64_t hash_bytes(std::string_view s) {
  std::uint64_t h = s.size() * 0x9e3779b97f4a7c15u;
  const char* p = s.data();
  std::size_t n = s.size();
  while (n >= 8) {
    std::uint64_t w = 0;
    std::memcpy(&w, p, 8);
    h = (h ^ w) * 0x9fb21c651e98df25u;
    h ^= h >> 29;
    p += 8;
    n -= 8;
  }
  std::uint64_t w = 0;
  std::memcpy(&w, p, n);
  return mix(h ^ w);
}

/// Texts by id, shared by all who need them.
using Texts = std::shared_ptr<const format::StringArray>;

/// Which of equal texts is found.
enum class Equals : std::uint8_t { kFirst, kLast };

/// Text to id, which is its place in a list. Immutable; copies share all.
class TextMap {
 public:
  TextMap() = default;
  /// An empty text stands for an id that is not used: it is never found.
  explicit TextMap(Texts texts, Equals equals = Equals::kLast);

  /// -1 when absent.
  std::int32_t find(std::string_view text) const;

  /// Whether no two texts are equal.
  bool is_unique() const noexcept { return is_unique_; }

 private:
  struct Slot {
    std::int32_t id = -1;
    std::uint32_t tag = 0;  // of the hash: most others differ in it
  };

  Texts texts_;
  std::shared_ptr<const std::vector<Slot>> slots_;
  bool is_unique_ = true;
};

/// What two neighbouring symbols become.
struct Merge {
  std::uint32_t rank = UINT32_MAX;
  std::int32_t id = -1;
};

/// Pair of ids to Merge.
class PairMap {
 public:
  explicit PairMap(std::size_t count = 0);
  /// An existing pair takes the new value.
  void put(std::int32_t a, std::int32_t b, Merge merge);

  /// Rank UINT32_MAX when the two do not merge.
  Merge find(std::int32_t a, std::int32_t b) const {
    const std::uint64_t key = pack(a, b);
    for (std::size_t i = mix(key) & mask_;; i = (i + 1) & mask_) {
      const Slot& s = slots_[i];
      if (s.key == key) return s.merge;
      if (s.key == kEmpty) return {};
    }
  }

 private:
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};

  struct Slot {
    std::uint64_t key = kEmpty;
    Merge merge;
  };

  static std::uint64_t pack(std::int32_t a, std::int32_t b) {
    return (std::uint64_t{static_cast<std::uint32_t>(a)} << 32) |
           static_cast<std::uint32_t>(b);
  }

  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
};

}  // namespace hug::text
