#include "nn/team.h"

#include <algorithm>
#include <chrono>
#include <new>

#include "sys/thread_pool.h"

namespace hug::nn {

namespace {

// The gate: a run's number, whether threads may still join it, and how many
// are in. A thread that comes too late finds it closed and has missed nothing:
// the others did its part. So nobody waits for a thread that the system does
// not let run.
constexpr unsigned kInside = 0xffff;  // a count
constexpr unsigned kOpen = 0x10000;
constexpr unsigned kEnds = 0x20000;
constexpr unsigned kRun = 0x40000;  // the lowest bit of the number
constexpr unsigned kRunMask = ~(kRun - 1);

// Looks per look at the clock.
constexpr int kLooks = 32;
// Longer than the pause between two products of a layer, shorter than waking
// costs where it is dear.
constexpr std::chrono::microseconds kPatience{50};

void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Until ready(value); looks for a while, then sleeps. The value is the one
// that was ready.
template <class Ready>
unsigned wait_for(const std::atomic<unsigned>& value, bool patient,
                  Ready ready) {
  using Clock = std::chrono::steady_clock;
  unsigned v = value.load(std::memory_order_acquire);
  if (patient && !ready(v)) {
    const auto end = Clock::now() + kPatience;
    do {
      for (int i = 0; i < kLooks; ++i) {
        pause();
        v = value.load(std::memory_order_acquire);
        if (ready(v)) return v;
      }
    } while (Clock::now() < end);
  }
  while (!ready(v)) {
    value.wait(v, std::memory_order_acquire);
    v = value.load(std::memory_order_acquire);
  }
  return v;
}

}  // namespace

void Team::Deleter::operator()(std::byte* p) const noexcept {
  ::operator delete (p, std::align_val_t{64});
}

// Threads that look while others wait for their processor only cost time.
Team::Team(unsigned threads, tensor::Isa isa)
    : size_(std::clamp(threads, 1u, kInside)),
      isa_(isa),
      patient_(size_ <= sys::cpu_count()),
      scratch_(size_) {
  for (unsigned rank = 1; rank < size_; ++rank) {
    threads_.emplace_back([this, rank] { loop(rank); });
  }
}

Team::~Team() {
  gate_.fetch_or(kEnds);
  gate_.notify_all();
  for (auto& t : threads_)
    t.join();
}

void Team::run(std::size_t count, std::size_t grain, Work work) {
  grain = std::max<std::size_t>(grain, 1);
  if (size_ == 1 || count <= grain) {
    if (count > 0) work(0, 0, count);
    return;
  }
  count_ = count;
  grain_ = grain;
  work_ = &work;
  next_.store(0, std::memory_order_relaxed);
  const unsigned gate = gate_.load(std::memory_order_relaxed);
  gate_.store(((gate & kRunMask) + kRun) | kOpen);
  gate_.notify_all();
  share(0);
  close();
}

// Nothing is left to take: keeps late threads out, waits for those inside.
void Team::close() {
  unsigned gate = gate_.fetch_and(~kOpen, std::memory_order_acq_rel);
  while ((gate & kInside) != 0) {
    const unsigned seen = emptied_.load(std::memory_order_acquire);
    gate = gate_.load(std::memory_order_acquire);
    if ((gate & kInside) == 0) return;
    wait_for(emptied_, patient_, [&](unsigned v) { return v != seen; });
    gate = gate_.load(std::memory_order_acquire);
  }
}

// Half of an even share of what is left, at least a grain: long stretches keep
// memory streaming, short ones at the end let all threads finish together.
void Team::share(unsigned rank) {
  std::size_t begin = next_.load(std::memory_order_relaxed);
  while (begin < count_) {
    const std::size_t grains = (count_ - begin) / (2 * size_) / grain_;
    const std::size_t length = std::max<std::size_t>(grains, 1) * grain_;
    const std::size_t end = std::min(begin + length, count_);
    if (!next_.compare_exchange_weak(begin, end, std::memory_order_relaxed)) {
      continue;
    }
    (*work_)(rank, begin, end);
    begin = next_.load(std::memory_order_relaxed);
  }
}

void Team::loop(unsigned rank) {
  unsigned done = 0;  // the number of the last run that was joined
  while (true) {
    unsigned gate = wait_for(gate_, patient_, [&](unsigned v) {
      return (v & kEnds) != 0 || ((v & kOpen) != 0 && (v & kRunMask) != done);
    });
    if ((gate & kEnds) != 0) return;
    if (!gate_.compare_exchange_strong(gate, gate + 1,
                                       std::memory_order_acq_rel)) {
      continue;
    }
    done = gate & kRunMask;
    share(rank);
    const unsigned before = gate_.fetch_sub(1, std::memory_order_acq_rel);
    if ((before & kInside) == 1 && (before & kOpen) == 0) {
      emptied_.fetch_add(1, std::memory_order_release);
      emptied_.notify_all();
    }
  }
}

std::span<std::byte> Team::scratch(unsigned rank, std::size_t bytes) {
  Scratch& s = scratch_[rank];
  if (s.size < bytes) {
    const std::size_t size = (std::max(bytes, 2 * s.size) + 63) / 64 * 64;
    s.bytes.reset();
    s.size = 0;
    s.bytes.reset(
        static_cast<std::byte*>(::operator new (size, std::align_val_t{64})));
    s.size = size;
  }
  return {s.bytes.get(), s.size};
}

Result<void> Team::check_stop() const {
  if (!is_stopped()) return {};
  return Error(Code::kCancelled, "computing was stopped");
}

}  // namespace hug::nn
