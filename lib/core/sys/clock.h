// Time behind an interface, so that tests need no sleeps
// (tests/support/fake_clock.h).
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include "hug/result.h"

namespace hug::sys {

using Millis = std::chrono::milliseconds;

class Clock {
 public:
  using Steady = std::chrono::steady_clock::time_point;
  using Wall = std::chrono::sys_time<std::chrono::microseconds>;

  virtual ~Clock() = default;
  /// For durations: never goes back.
  virtual Steady now() const = 0;
  /// For dates: what the calendar says.
  virtual Wall wall() const = 0;
  /// Waits; returns early with kCancelled once `stop` is requested.
  virtual Result<void> sleep(Millis time, std::stop_token stop = {}) = 0;
};

/// The operating system's. One object serves everybody.
std::shared_ptr<Clock> real_clock();

}  // namespace hug::sys
