// Prefix search over token texts.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hug::text {

/// A trie over bytes: put everything in, then seal(), then walk.
class Trie {
 public:
  Trie();

  void put(std::string_view key, std::int32_t value);
  /// Packs the nodes for walking.
  void seal();

  /// Calls f(size, value) for every key that `text` begins with, short to
  /// long.
  template <class F>
  void each_prefix(std::string_view text, F f) const {
    std::uint32_t node = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      node = child(node, static_cast<unsigned char>(text[i]));
      if (node == 0) return;
      if (values_[node] >= 0) f(i + 1, values_[node]);
    }
  }

  /// Bytes a key can begin with.
  bool begins(char c) const {
    return roots_[static_cast<unsigned char>(c)] != 0;
  }

  bool empty() const { return values_.size() == 1; }

 private:
  struct Edge {
    std::uint32_t node;
    std::uint8_t byte;
    std::uint32_t child;
  };

  std::uint32_t child(std::uint32_t node, unsigned char byte) const;

  std::vector<Edge> edges_;  // before seal()
  std::vector<std::uint32_t> starts_;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint32_t> children_;
  std::vector<std::int32_t> values_;
  std::array<std::uint32_t, 256> roots_{};
};

}  // namespace hug::text
