#include "http/client/throttle.h"

#include <algorithm>
#include <chrono>

namespace hug::http {

Result<void> Throttle::pass(std::uint64_t bytes, std::stop_token stop) {
  if (rate_ == 0) return {};
  // Waits of less than this are not worth a system call; they add up.
  constexpr sys::Millis kGrain{5};
  using Nanos = std::chrono::nanoseconds;
  const auto cost = Nanos(static_cast<std::int64_t>(
      static_cast<double>(bytes) * 1e9 / static_cast<double>(rate_)));
  sys::Millis wait{0};
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock_->now();
    free_at_ = std::max(free_at_, now) + cost;
    wait = std::chrono::duration_cast<sys::Millis>(free_at_ - now);
  }
  if (wait < kGrain) return {};
  return clock_->sleep(wait, std::move(stop));
}

}  // namespace hug::http
