#include "sys/thread_pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace hug::sys {

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable work;  // something is queued, or the end
  std::condition_variable room;  // the queue has room, or nothing is left
  std::deque<std::function<void()>> queue;
  std::size_t most = 0;
  std::size_t running = 0;
  bool end = false;
  std::vector<std::thread> threads;

  void run() noexcept {
    std::unique_lock lock(mutex);
    while (true) {
      work.wait(lock, [&] { return end || !queue.empty(); });
      if (queue.empty()) return;
      std::function<void()> task = std::move(queue.front());
      queue.pop_front();
      ++running;
      lock.unlock();
      task();
      task = nullptr;  // what it holds goes before it counts as done
      lock.lock();
      --running;
      room.notify_all();
    }
  }
};

ThreadPool::ThreadPool(std::size_t threads, std::size_t queue)
    : state_(std::make_unique<State>()) {
  state_->most = queue == 0 ? 1 : queue;
  const std::size_t n = threads == 0 ? cpu_count() : threads;
  for (std::size_t i = 0; i < n; ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->run(); });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->end = true;
  }
  state_->work.notify_all();
  for (std::thread& thread : state_->threads)
    thread.join();
}

void ThreadPool::submit(std::function<void()> task) {
  std::unique_lock lock(state_->mutex);
  state_->room.wait(lock, [&] { return state_->queue.size() < state_->most; });
  state_->queue.push_back(std::move(task));
  lock.unlock();
  state_->work.notify_one();
}

void ThreadPool::wait() {
  std::unique_lock lock(state_->mutex);
  state_->room.wait(
      lock, [&] { return state_->queue.empty() && state_->running == 0; });
}

std::size_t ThreadPool::size() const noexcept {
  return state_->threads.size();
}

}  // namespace hug::sys
