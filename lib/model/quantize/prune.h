// Leaving layers out: the others move up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hug::quantize {

class LayerMap {
 public:
  /// Keeps all layers.
  LayerMap() = default;
  /// Leaves out the layers of the list.
  explicit LayerMap(std::vector<std::uint32_t> pruned);

  bool prunes() const noexcept { return !pruned_.empty(); }

  /// The name in the new file; nothing when the tensor is left out.
  std::optional<std::string> rename(const std::string& name) const;
  /// Layers that stay of `n`.
  std::uint32_t count(std::uint32_t n) const noexcept;

 private:
  std::vector<std::uint32_t> pruned_;  // sorted
};

}  // namespace hug::quantize
