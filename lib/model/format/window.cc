#include "format/window.h"

#include <algorithm>
#include <string>

namespace hug::format {
namespace {

constexpr std::uint64_t kLargestStep = 4 << 20;

}  // namespace

Window::Window(const ByteSource& source, std::uint64_t limit,
               std::uint64_t first, std::uint64_t offset)
    : source_(source),
      mapped_(source.mapped()),
      end_(std::min(source.size(), limit)),
      step_(std::clamp<std::uint64_t>(first, 64, kLargestStep)),
      position_(std::min(offset, end_)),
      begin_(position_) {}

std::uint64_t Window::buffered() const noexcept {
  if (!mapped_.empty()) return remaining();
  return begin_ + buffer_.size() - position_;
}

Result<void> Window::check(std::uint64_t n) const {
  if (n <= remaining()) return {};
  if (end_ < source_.size())
    return Error(Code::kLimit, "the header reaches beyond byte " +
                                   std::to_string(end_) + " bytes");
  return Error(Code::kCorrupt, "the file ends at byte " +
                                   std::to_string(source_.size()) +
                                   ", too early");
}

Result<void> Window::skip(std::uint64_t n) {
  HUG_TRY(check(n));
  position_ += n;
  if (!mapped_.empty()) return {};
  if (position_ >= begin_ + buffer_.size()) {
    buffer_.clear();
    begin_ = position_;
  }
  return {};
}

Result<std::span<const std::byte>> Window::take(std::uint64_t n) {
  HUG_TRY(check(n));
  const auto at = static_cast<std::size_t>(position_);
  const auto size = static_cast<std::size_t>(n);
  if (!mapped_.empty()) {
    position_ += n;
    return mapped_.subspan(at, size);
  }
  HUG_TRY(fetch(n));
  const auto in_buffer = static_cast<std::size_t>(position_ - begin_);
  position_ += n;
  return std::span<const std::byte>(buffer_).subspan(in_buffer, size);
}

Result<void> Window::fetch(std::uint64_t n) {
  const std::uint64_t have = buffered();
  if (have >= n) return {};
  const auto taken = static_cast<std::ptrdiff_t>(position_ - begin_);
  buffer_.erase(buffer_.begin(), buffer_.begin() + taken);
  begin_ = position_;
  const std::uint64_t more =
      std::min(std::max(n - have, step_), remaining() - have);
  step_ = std::min(step_ * 2, kLargestStep);
  const auto old = buffer_.size();
  buffer_.resize(old + static_cast<std::size_t>(more));
  return source_.read_at(begin_ + have, std::span(buffer_).subspan(old));
}

}  // namespace hug::format
