#include "transfer/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace hug::transfer {

Result<void> parallel_for(
    std::size_t count, std::size_t threads,
    const std::function<Result<void>(std::size_t index)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::optional<Error> first;
  const auto run = [&]() noexcept {
    for (;;) {
      const auto index = next.fetch_add(1);
      if (index >= count) return;
      auto done = work(index);
      if (done) continue;
      next.store(count);
      const std::lock_guard lock(mutex);
      if (!first) first = std::move(done).error();
      return;
    }
  };
  std::vector<std::thread> helpers;
  const auto wanted = std::min(count, std::max<std::size_t>(threads, 1));
  for (std::size_t i = 1; i < wanted; ++i)
    helpers.emplace_back(run);
  run();
  for (auto& helper : helpers)
    helper.join();
  if (first) return std::move(*first);
  return {};
}

}  // namespace hug::transfer
