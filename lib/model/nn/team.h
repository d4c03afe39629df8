// The compute team: threads that work on one thing at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "hug/result.h"
#include "tensor/isa.h"

namespace hug::nn {

/// A borrowed callable: (begin, end), or (rank, begin, end). Costs no
/// allocation. Must not throw.
class Work {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Work>) Work(const F& f)
  noexcept  // NOLINT: made where a lambda is passed
      : object_(&f), call_(&call<F>) {}

  void operator()(unsigned rank, std::size_t begin, std::size_t end) const {
    call_(object_, rank, begin, end);
  }

 private:
  template <class F>
  static void call(const void* object, unsigned rank, std::size_t begin,
                   std::size_t end) {
    const F& f = *static_cast<const F*>(object);
    if constexpr (std::is_invocable_v<const F&, unsigned, std::size_t,
                                      std::size_t>) {
      f(rank, begin, end);
    } else {
      f(begin, end);
    }
  }

  const void* object_;
  void (*call_)(const void*, unsigned, std::size_t, std::size_t);
};

class Team {
 public:
  /// `threads` in all, the caller's included; at least 1. `isa`: whose kernels
  /// its work uses.
  explicit Team(unsigned threads, tensor::Isa isa = tensor::best_isa());
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  unsigned size() const noexcept { return size_; }

  tensor::Isa isa() const noexcept { return isa_; }

  /// Calls work(begin, end), or work(rank, begin, end) with the rank of the
  /// thread, below size(), for stretches that cover [0, count); returns when
  /// all are done. Each thread takes its next stretch when it has done one:
  /// long ones first, then shorter ones, down to `grain`, the least worth a
  /// call. Stretches are whole grains and begin at one. Which thread gets what
  /// never changes a result; a rank works on one at a time. One caller at a
  /// time; work must not call run().
  void run(std::size_t count, std::size_t grain, Work work);

  /// What takes many runs asks between them whether to go on; run() itself
  /// always ends. Errors: kCancelled.
  Result<void> check_stop() const;

  bool is_stopped() const noexcept { return stop_.stop_requested(); }

  /// Whose stop that is; gives the one before. Between two runs only.
  std::stop_token stop_by(std::stop_token stop) {
    return std::exchange(stop_, std::move(stop));
  }

  /// Memory of one rank, at least `bytes`, 64-aligned, unset. It grows and is
  /// kept: what an earlier call gave is void. The rank itself may ask inside of
  /// work; between two runs the caller may.
  std::span<std::byte> scratch(unsigned rank, std::size_t bytes);

 private:
  struct Deleter {
    void operator()(std::byte* p) const noexcept;
  };

  struct alignas(64) Scratch {
    std::unique_ptr<std::byte, Deleter> bytes;
    std::size_t size = 0;
  };

  void loop(unsigned rank);
  void share(unsigned rank);
  void close();

  unsigned size_;
  tensor::Isa isa_;
  bool patient_;  // looks for work before it sleeps
  std::stop_token stop_ = {};
  std::vector<Scratch> scratch_;
  // What is being done; written while the gate is closed and nobody is in.
  std::size_t count_ = 0;
  std::size_t grain_ = 1;
  const Work* work_ = nullptr;
  // Each on a line of its own: threads write them in turn.
  alignas(64) std::atomic<std::size_t> next_{0};
  alignas(64) std::atomic<unsigned> gate_{0};
  alignas(64) std::atomic<unsigned> emptied_{0};
  alignas(64) std::vector<std::thread> threads_;
};

/// What is done with a team meanwhile stops when the token says so.
class StopScope {
 public:
  StopScope(Team& team, std::stop_token stop)
      : team_(team), before_(team.stop_by(std::move(stop))) {}

  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

  ~StopScope() { team_.stop_by(std::move(before_)); }

 private:
  Team& team_;
  std::stop_token before_;
};

}  // namespace hug::nn
