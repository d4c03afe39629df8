#include "quantize/prune.h"

#include <algorithm>

#include "quantize/tensor_class.h"

namespace hug::quantize {

LayerMap::LayerMap(std::vector<std::uint32_t> pruned)
    : pruned_(std::move(pruned)) {
  std::ranges::sort(pruned_);
  pruned_.erase(std::unique(pruned_.begin(), pruned_.end()), pruned_.end());
}

std::optional<std::string> LayerMap::rename(const std::string& name) const {
  const auto layer = layer_of(name);
  if (!layer || pruned_.empty()) return name;
  const auto at = std::ranges::lower_bound(pruned_, *layer);
  if (at != pruned_.end() && *at == *layer) return std::nullopt;
  const auto before = static_cast<std::uint32_t>(at - pruned_.begin());
  const auto dot = name.find('.', 4);
  return "blk." + std::to_string(*layer - before) + name.substr(dot);
}

std::uint32_t LayerMap::count(std::uint32_t n) const noexcept {
  const auto gone = std::ranges::count_if(
      pruned_, [n](std::uint32_t layer) { return layer < n; });
  return n - static_cast<std::uint32_t>(gone);
}

}  // namespace hug::quantize
