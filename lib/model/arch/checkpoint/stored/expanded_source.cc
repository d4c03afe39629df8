#include "arch/checkpoint/stored/expanded_source.h"

#include <algorithm>
#include <cstring>

namespace hug::arch {

// Whole rows at once; a row that is cut, for itself.
Result<void> ExpandedSource::read_at(std::uint64_t offset,
                                     std::span<std::byte> out) const {
  constexpr std::uint64_t kBytes = sizeof(float);
  if (offset > size() || out.size() > size() - offset)
    return Error(Code::kCorrupt, "'" + name_ + "' is read beyond its end");
  std::vector<float> floats;
  while (!out.empty()) {
    const std::uint64_t element = offset / kBytes;
    const std::uint64_t skip = offset % kBytes;
    const std::uint64_t wanted = (skip + out.size() + kBytes - 1) / kBytes;
    Window window{element / n_columns_, 1, element % n_columns_, 0};
    window.n_columns = std::min(wanted, n_columns_ - window.column);
    if (window.column == 0 && wanted >= n_columns_)
      window.n_rows = wanted / n_columns_;
    floats.resize(window.n_rows * window.n_columns);
    HUG_TRY(compute(window, floats));
    const std::size_t take =
        std::min<std::size_t>(floats.size() * kBytes - skip, out.size());
    std::memcpy(out.data(),
                reinterpret_cast<const std::byte*>(floats.data()) + skip, take);
    out = out.subspan(take);
    offset += take;
  }
  return {};
}

Result<void> Scattered::read(std::uint64_t offset,
                             std::span<std::byte> out) const {
  if (!source_->mapped().empty()) return source_->read_at(offset, out);
  const std::scoped_lock lock(mutex_);
  if (offset > source_->size() || out.size() > source_->size() - offset)
    return source_->read_at(offset, out);  // which says why not
  if (copy_.empty()) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(source_->size()));
    HUG_TRY(source_->read_at(0, bytes));
    copy_ = std::move(bytes);
    asked_ = 0;
  }
  std::memcpy(out.data(), copy_.data() + offset, out.size());
  asked_ += out.size();
  if (asked_ >= copy_.size()) copy_ = {};
  return {};
}

}  // namespace hug::arch
