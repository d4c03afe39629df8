#include "text/tokenize/models/flat_map.h"

#include <bit>
#include <utility>

namespace hug::text {

namespace {

// Slots for so many keys: at most two of three are taken.
std::size_t slots_for(std::size_t count) {
  return std::bit_ceil(count + count / 2 + 16);
}

std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32);
}

}  // namespace

TextMap::TextMap(Texts texts, Equals equals) : texts_(std::move(texts)) {
  std::vector<Slot> slots(slots_for(texts_->size()));
  const std::size_t mask = slots.size() - 1;
  for (std::size_t id = 0; id < texts_->size(); ++id) {
    const std::string_view text = (*texts_)[id];
    if (text.empty()) continue;
    const std::uint64_t hash = hash_bytes(text);
    const Slot slot{static_cast<std::int32_t>(id), tag_of(hash)};
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
      Slot& s = slots[i];
      const bool same = s.id >= 0 && s.tag == slot.tag &&
                        (*texts_)[static_cast<std::size_t>(s.id)] == text;
      if (s.id >= 0 && !same) continue;
      if (!same || equals == Equals::kLast) s = slot;
      if (same) is_unique_ = false;
      break;
    }
  }
  slots_ = std::make_shared<const std::vector<Slot>>(std::move(slots));
}

std::int32_t TextMap::find(std::string_view text) const {
  if (slots_ == nullptr) return -1;
  const auto& slots = *slots_;
  const std::size_t mask = slots.size() - 1;
  const std::uint64_t hash = hash_bytes(text);
  const std::uint32_t tag = tag_of(hash);
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& s = slots[i];
    if (s.id < 0) return -1;
    if (s.tag == tag && (*texts_)[static_cast<std::size_t>(s.id)] == text)
      return s.id;
  }
}

PairMap::PairMap(std::size_t count)
    : slots_(slots_for(count)), mask_(slots_.size() - 1) {}

void PairMap::put(std::int32_t a, std::int32_t b, Merge merge) {
  const std::uint64_t key = pack(a, b);
  std::size_t i = mix(key) & mask_;
  while (slots_[i].key != kEmpty && slots_[i].key != key)
    i = (i + 1) & mask_;
  slots_[i] = {key, merge};
}

}  // namespace hug::text
