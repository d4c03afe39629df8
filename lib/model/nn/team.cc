#include "nn/team.h"

#include <algorithm>

namespace hug::nn {

namespace {

// How often a waiting thread looks before it sleeps: about 20 microseconds,
// longer than the pause between two products of one layer.
constexpr int kSpins = 20'000;

template <class Ready>
void wait_for(const std::atomic<unsigned>& value, Ready ready) {
  for (int i = 0; i < kSpins; ++i) {
    if (ready(value.load(std::memory_order_acquire))) return;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  for (unsigned v = value.load(std::memory_order_acquire); !ready(v);
       v = value.load(std::memory_order_acquire)) {
    value.wait(v, std::memory_order_acquire);
  }
}

}  // namespace

Team::Team(unsigned threads, tensor::Isa isa)
    : size_(std::max(threads, 1u)), isa_(isa) {
  for (unsigned rank = 1; rank < size_; ++rank) {
    threads_.emplace_back([this, rank] { loop(rank); });
  }
}

Team::~Team() {
  ends_.store(true);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (auto& t : threads_)
    t.join();
}

void Team::run(std::size_t count, std::size_t grain,
               const std::function<void(std::size_t, std::size_t)>& work) {
  if (size_ == 1 || count <= grain) {
    if (count > 0) work(0, count);
    return;
  }
  count_ = count;
  grain_ = std::max<std::size_t>(grain, 1);
  work_ = &work;
  busy_.store(size_ - 1, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  share(0);
  wait_for(busy_, [](unsigned v) { return v == 0; });
}

void Team::share(unsigned rank) const {
  // Whole grains each, as even as they come.
  const std::size_t grains = (count_ + grain_ - 1) / grain_;
  const std::size_t begin = grains * rank / size_ * grain_;
  const std::size_t end =
      std::min(count_, grains * (rank + 1) / size_ * grain_);
  if (begin < end) (*work_)(begin, end);
}

void Team::loop(unsigned rank) {
  unsigned seen = 0;
  while (true) {
    wait_for(round_, [&](unsigned v) { return v != seen; });
    ++seen;
    if (ends_.load()) return;
    share(rank);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      busy_.notify_all();
    }
  }
}

}  // namespace hug::nn
