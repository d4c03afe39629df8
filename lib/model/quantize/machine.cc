#include "quantize/machine.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <numeric>
#include <thread>
#include <vector>

#include "base/base.h"
#include "sys/sys.h"
#include "tensor/isa.h"

namespace hug::quantize {
namespace {

// "MemAvailable:   123 kB" in bytes; 0 when it is not there.
std::uint64_t meminfo(std::string_view text, std::string_view key) {
  for (const std::string_view line : base::split(text, '\n')) {
    if (!line.starts_with(key)) continue;
    std::string_view rest = base::trim(line.substr(key.size()));
    rest = rest.substr(0, rest.find(' '));
    return base::parse_unsigned(rest).value_or(0) * 1024;
  }
  return 0;
}

std::uint64_t number_in(sys::Fs& fs, const char* path) {
  const auto text = fs.read_file(path, 64 << 10);
  if (!text) return 0;
  return base::parse_unsigned(base::trim(*text)).value_or(0);
}

// A container may be allowed less than the machine has.
void respect_cgroup(sys::Fs& fs, FitMachine& out) {
  const std::uint64_t most = number_in(fs, "/sys/fs/cgroup/memory.max");
  if (most == 0 || most >= out.memory_total) return;
  const std::uint64_t used = number_in(fs, "/sys/fs/cgroup/memory.current");
  out.memory_total = most;
  out.memory_free = std::min(out.memory_free, most - std::min(most, used));
}

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
  const auto fs = sys::real_fs();
  if (const auto text = fs->read_file("/proc/meminfo", 64 << 10)) {
    out.memory_total = meminfo(*text, "MemTotal:");
    out.memory_free = meminfo(*text, "MemAvailable:");
  }
  respect_cgroup(*fs, out);
  out.processors = static_cast<unsigned>(sys::cpu_count());
  out.isa = tensor::name(tensor::best_isa());
  if (measure) out.bandwidth = measure_bandwidth(std::min(out.processors, 16U));
  return out;
}

}  // namespace hug::quantize
