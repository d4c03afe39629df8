// The compute team: threads that work on one thing at a time, all of them.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "tensor/isa.h"

namespace hug::nn {

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

  /// Calls work(begin, end) for stretches that cover [0, count), on all
  /// threads; returns when all are done. `grain`: the least worth a thread.
  /// Which thread gets what never changes a result. One caller at a time.
  void run(std::size_t count, std::size_t grain,
           const std::function<void(std::size_t, std::size_t)>& work);

 private:
  void loop(unsigned rank);
  void share(unsigned rank) const;

  unsigned size_;
  tensor::Isa isa_;
  std::vector<std::thread> threads_;
  std::atomic<unsigned> round_{0};
  std::atomic<unsigned> busy_{0};
  std::atomic<bool> ends_{false};
  std::size_t count_ = 0;
  std::size_t grain_ = 1;
  const std::function<void(std::size_t, std::size_t)>* work_ = nullptr;
};

}  // namespace hug::nn
