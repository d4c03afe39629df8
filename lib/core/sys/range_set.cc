#include <algorithm>

#include "sys/part_file.h"

namespace hug::sys {

void RangeSet::add(ByteRange range) {
  if (range.size == 0) return;
  // The first range that ends at or behind the new one's start, up to the
  // first that begins behind its end: all of them become one.
  auto first = std::lower_bound(
      ranges_.begin(), ranges_.end(), range.offset,
      [](const ByteRange& r, std::uint64_t at) { return r.end() < at; });
  auto last = first;
  std::uint64_t begin = range.offset;
  std::uint64_t end = range.end();
  for (; last != ranges_.end() && last->offset <= end; ++last) {
    begin = std::min(begin, last->offset);
    end = std::max(end, last->end());
  }
  const auto at = ranges_.erase(first, last);
  ranges_.insert(at, {begin, end - begin});
}

bool RangeSet::contains(ByteRange range) const {
  if (range.size == 0) return true;
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const ByteRange& r) {
    return r.offset <= range.offset && range.end() <= r.end();
  });
}

std::uint64_t RangeSet::total() const {
  std::uint64_t sum = 0;
  for (const ByteRange& r : ranges_)
    sum += r.size;
  return sum;
}

std::vector<ByteRange> RangeSet::gaps(std::uint64_t size) const {
  std::vector<ByteRange> out;
  std::uint64_t at = 0;
  for (const ByteRange& r : ranges_) {
    if (at >= size) break;
    const std::uint64_t end = std::min(r.offset, size);
    if (end > at) out.push_back({at, end - at});
    at = std::max(at, r.end());
  }
  if (at < size) out.push_back({at, size - at});
  return out;
}

}  // namespace hug::sys
