#include "text/tokenize/models/trie.h"

#include <algorithm>
#include <utility>

namespace hug::text {

Trie::Trie() : values_(1, -1) {}

void Trie::put(std::string_view key, std::int32_t value) {
  // Keys are kept as edges to be sorted; equal prefixes meet in seal().
  edges_.push_back({static_cast<std::uint32_t>(bytes_.size()), 0,
                    static_cast<std::uint32_t>(key.size())});
  bytes_.insert(bytes_.end(), key.begin(), key.end());
  children_.push_back(static_cast<std::uint32_t>(value));
}

void Trie::seal() {
  struct Key {
    std::string_view text;
    std::int32_t value;
  };

  std::vector<Key> keys;
  const std::vector<std::uint8_t> arena = std::move(bytes_);
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    keys.push_back(
        {{reinterpret_cast<const char*>(arena.data()) + edges_[i].node,
          edges_[i].child},
         static_cast<std::int32_t>(children_[i])});
  }
  std::stable_sort(keys.begin(), keys.end(),
                   [](const Key& a, const Key& b) { return a.text < b.text; });
  edges_.clear();
  children_.clear();
  bytes_.clear();
  values_.assign(1, -1);
  // Sorted keys visit the trie depth first; edges come out grouped by byte
  // order within a node.
  std::vector<std::uint32_t> path = {0};
  std::string_view last;
  for (const Key& k : keys) {
    std::size_t shared = 0;
    while (shared < k.text.size() && shared < last.size() &&
           k.text[shared] == last[shared]) {
      ++shared;
    }
    path.resize(shared + 1);
    for (std::size_t i = shared; i < k.text.size(); ++i) {
      const auto node = static_cast<std::uint32_t>(values_.size());
      edges_.push_back(
          {path.back(), static_cast<std::uint8_t>(k.text[i]), node});
      values_.push_back(-1);
      path.push_back(node);
    }
    values_[path.back()] = k.value;  // of equal keys the last
    last = k.text;
  }
  std::stable_sort(
      edges_.begin(), edges_.end(),
      [](const Edge& a, const Edge& b) { return a.node < b.node; });
  starts_.assign(values_.size() + 1, 0);
  for (const Edge& e : edges_)
    ++starts_[e.node + 1];
  for (std::size_t i = 1; i < starts_.size(); ++i)
    starts_[i] += starts_[i - 1];
  for (const Edge& e : edges_) {
    bytes_.push_back(e.byte);
    children_.push_back(e.child);
    if (e.node == 0) roots_[e.byte] = e.child;
  }
  edges_.clear();
  edges_.shrink_to_fit();
}

std::uint32_t Trie::child(std::uint32_t node, unsigned char byte) const {
  if (node == 0) return roots_[byte];
  std::uint32_t low = starts_[node];
  std::uint32_t high = starts_[node + 1];
  while (high - low > 8) {
    const std::uint32_t middle = (low + high) / 2;
    if (bytes_[middle] > byte) {
      high = middle;
    } else {
      low = middle;
    }
  }
  for (; low < high; ++low) {
    if (bytes_[low] == byte) return children_[low];
  }
  return 0;
}

}  // namespace hug::text
