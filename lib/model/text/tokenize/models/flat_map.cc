#include "text/tokenize/models/flat_map.h"

#include <bit>
#include <utility>

namespace hug::text {

TextMap::TextMap(std::size_t count) : slots_(std::bit_ceil(count * 2 + 16)) {}

void TextMap::put(std::string_view k, std::int32_t id) {
  if ((size_ + 1) * 2 > slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash_bytes(k) & mask;
  while (slots_[i].id >= 0) {
    if (key(slots_[i]) == k) {
      slots_[i].id = id;
      return;
    }
    i = (i + 1) & mask;
  }
  slots_[i] = {arena_.size(), static_cast<std::uint32_t>(k.size()), id};
  arena_ += k;
  ++size_;
}

std::int32_t TextMap::find(std::string_view k) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash_bytes(k) & mask;; i = (i + 1) & mask) {
    if (slots_[i].id < 0) return -1;
    if (key(slots_[i]) == k) return slots_[i].id;
  }
}

void TextMap::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  std::swap(old, slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& s : old) {
    if (s.id < 0) continue;
    std::size_t i = hash_bytes(key(s)) & mask;
    while (slots_[i].id >= 0)
      i = (i + 1) & mask;
    slots_[i] = s;
  }
}

PairMap::PairMap(std::size_t count)
    : slots_(std::bit_ceil(count * 2 + 16)), mask_(slots_.size() - 1) {}

void PairMap::put(std::int32_t a, std::int32_t b, Merge merge) {
  const std::uint64_t key = pack(a, b);
  std::size_t i = mix(key) & mask_;
  while (slots_[i].key != kEmpty && slots_[i].key != key)
    i = (i + 1) & mask_;
  slots_[i] = {key, merge};
}

}  // namespace hug::text
