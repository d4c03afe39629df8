// Threads for input, output and hashing, with a bounded queue.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace hug::sys {

/// Processors this process may use: the affinity mask and the cgroup quota
/// (v1 and v2, rounded up) are respected; at least 1.
std::size_t cpu_count();
/// The same, counting cores, not their threads: for work that keeps a core's
/// arithmetic busy.
std::size_t core_count();

class ThreadPool {
 public:
  /// `threads` 0 means cpu_count(); `queue` bounds what waits.
  explicit ThreadPool(std::size_t threads = 0, std::size_t queue = 256);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();  // finishes what was submitted, then joins

  /// Waits while the queue is full. Tasks must not throw and must not submit
  /// to the same pool (a full queue would never drain).
  void submit(std::function<void()> task);
  /// Waits until nothing is queued or running.
  void wait();
  std::size_t size() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hug::sys
