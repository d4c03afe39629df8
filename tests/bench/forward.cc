// How fast a model's forward pass is, without a tokenizer:
//   hug_bench_forward MODEL [threads [isa [prompt [predict [depth]]]]]
#include "arch/forward.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "format/gguf.h"

using namespace hug;

namespace {

double now() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

void run(nn::Team& team, arch::Sequence& sequence, std::size_t n) {
  std::vector<std::int32_t> ids(n);
  for (std::size_t i = 0; i < n; ++i)
    ids[i] = static_cast<std::int32_t>(i * 7919 % 1000);
  if (!arch::forward(team, sequence, ids, arch::Want::kLastLogits)) {
    std::exit(1);
  }
}

double rate(std::size_t n, double start) {
  return static_cast<double>(n) / (now() - start);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto arg = [&](int i, std::size_t otherwise) {
    return argc > i ? std::strtoul(argv[i], nullptr, 10) : otherwise;
  };
  const auto isa =
      tensor::parse_isa(argc > 3 ? argv[3] : "").value_or(tensor::best_isa());
  auto source = open_file(argv[1], FileAccess::kMap);
  if (!source) return 1;
  auto gguf = format::read_gguf(**source);
  if (!gguf) return 1;
  auto model = arch::load_model(*gguf, *source);
  if (!model) return 1;
  nn::Team team(static_cast<unsigned>(arg(2, 2)), isa);
  arch::Sequence sequence(**model);
  run(team, sequence, 32);
  sequence.truncate(0);
  const std::size_t depth = arg(6, 0);
  if (depth > 0) run(team, sequence, depth);
  const std::size_t predict = arg(5, 32);
  if (predict > 0) run(team, sequence, 1);
  double start = now();
  for (std::size_t i = 0; i < predict; ++i)
    run(team, sequence, 1);
  if (predict > 0) {
    std::printf("%s tg%zu at %zu: %.1f tokens/s\n",
                std::string(tensor::name(isa)).c_str(), predict, depth,
                rate(predict, start));
  }
  const std::size_t prompt = arg(4, 512);
  start = now();
  if (prompt > 0) {
    run(team, sequence, prompt);
    std::printf("  pp%zu at %zu: %.1f tokens/s\n", prompt, depth,
                rate(prompt, start));
  }
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM")) std::printf("  %s\n", line.c_str());
  }
  std::printf("  keys and values %.1f MiB, workspace %.1f MiB\n",
              static_cast<double>(sequence.memory_bytes()) / 1048576,
              static_cast<double>(sequence.workspace().size()) / 1048576);
  return 0;
}
