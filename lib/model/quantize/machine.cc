#include "quantize/machine.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <numeric>
#include <thread>
#include <vector>

#include "base/base.h"
#include "sys/cgroup.h"
#include "sys/sys.h"
#include "tensor/isa.h"

namespace hug::quantize {
namespace {

double measure_bandwidth(unsigned threads) {
  constexpr std::size_t kWords = std::size_t{4} << 20;  // 32 MiB a thread
  std::vector<std::vector<std::uint64_t>> blocks(threads);
  for (auto& block : blocks)
    block.assign(kWords, 1);
  std::vector<std::uint64_t> sums(threads);
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> team;
    for (unsigned i = 0; i < threads; ++i)
      team.emplace_back([&, i] {
        std::uint64_t sum = 0;
        for (int round = 0; round < 4; ++round)
          sum = std::accumulate(blocks[i].begin(), blocks[i].end(), sum);
        sums[i] = sum;
      });
  }
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - start;
  // The sums are used, so that the reading is not left out.
  const std::uint64_t words =
      std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
  if (took.count() <= 0) return 0;
  return static_cast<double>(words) * sizeof(std::uint64_t) / took.count();
}

}  // namespace

FitMachine look_at_machine(bool measure) {
  FitMachine out;
  const sys::Memory memory = sys::find_memory(*sys::real_fs());
  out.memory_total = memory.total;
  out.memory_free = memory.available;
  out.processors = static_cast<unsigned>(sys::cpu_count());
  out.isa = tensor::name(tensor::best_isa());
  if (measure) out.bandwidth = measure_bandwidth(std::min(out.processors, 16U));
  return out;
}

}  // namespace hug::quantize
