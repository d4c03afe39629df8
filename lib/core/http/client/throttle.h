// --limit-rate: one bucket of bytes a second that all transfers share.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>

#include "sys/clock.h"

namespace hug::http {

class Throttle {
 public:
  Throttle(std::uint64_t bytes_per_second, std::shared_ptr<sys::Clock> clock)
      : rate_(bytes_per_second), clock_(std::move(clock)) {}

  bool active() const noexcept { return rate_ != 0; }

  /// Waits until so many bytes may have passed. Errors: kCancelled.
  Result<void> pass(std::uint64_t bytes, std::stop_token stop);

 private:
  std::uint64_t rate_;
  std::shared_ptr<sys::Clock> clock_;
  std::mutex mutex_;
  sys::Clock::Steady free_at_{};  // when all that has passed is paid for
};

}  // namespace hug::http
