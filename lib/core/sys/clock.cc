#include "sys/clock.h"

#include <condition_variable>
#include <mutex>

namespace hug::sys {

namespace {

class RealClock final : public Clock {
 public:
  Steady now() const override { return std::chrono::steady_clock::now(); }

  Wall wall() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }

  Result<void> sleep(Millis time, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, time, [] { return false; });
    if (stop.stop_requested()) return Error(Code::kCancelled, "cancelled");
    return {};
  }
};

}  // namespace

std::shared_ptr<Clock> real_clock() {
  return std::make_shared<RealClock>();
}

}  // namespace hug::sys
