#include "transfer/checkpointer.h"

#include <utility>

namespace hug::transfer {

Checkpointer::Checkpointer(sys::PartFile& file, std::uint64_t every)
    : file_(file), every_(every), thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  (void)stop();
}

Result<void> Checkpointer::add(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (error_) return *error_;
  marked_ += bytes;
  if (marked_ >= every_) changed_.notify_one();
  return {};
}

Result<void> Checkpointer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  if (error_) return *error_;
  return {};
}

void Checkpointer::run() noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || marked_ >= every_; });
    if (stopping_) return;
    marked_ = 0;
    lock.unlock();
    auto done = file_.checkpoint();
    lock.lock();
    if (done) continue;
    error_ = std::move(done).error();
    return;
  }
}

}  // namespace hug::transfer
