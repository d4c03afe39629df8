// A clock that only moves when somebody sleeps or says so.
#pragma once

#include <mutex>
#include <vector>

#include "sys/clock.h"

namespace hug::test {

class FakeClock final : public sys::Clock {
 public:
  Steady now() const override {
    const std::lock_guard lock(mutex_);
    return Steady(std::chrono::hours(1) + passed_);
  }

  Wall wall() const override {
    const std::lock_guard lock(mutex_);
    return start_ + std::chrono::duration_cast<Wall::duration>(passed_);
  }

  Result<void> sleep(sys::Millis time, std::stop_token stop) override {
    if (stop.stop_requested()) return Error(Code::kCancelled, "cancelled");
    const std::lock_guard lock(mutex_);
    passed_ += time;
    sleeps_.push_back(time);
    return {};
  }

  void advance(sys::Millis time) {
    const std::lock_guard lock(mutex_);
    passed_ += time;
  }

  /// What has passed since the beginning.
  sys::Millis passed() const {
    const std::lock_guard lock(mutex_);
    return std::chrono::duration_cast<sys::Millis>(passed_);
  }

  /// What was slept, in order.
  std::vector<sys::Millis> sleeps() const {
    const std::lock_guard lock(mutex_);
    return sleeps_;
  }

  void set_wall(Wall time) { start_ = time; }

 private:
  mutable std::mutex mutex_;
  std::chrono::nanoseconds passed_{0};
  std::vector<sys::Millis> sleeps_;
  Wall start_ = Wall(std::chrono::seconds(1790000000));
};

}  // namespace hug::test
