// How long attention takes: one token and a chunk of a prompt, deep in a text.
//   hug_bench_attention [threads [isa [f16|q8|f32 [layers heads kv_heads
//                        head_dim depth chunk]]]]
#include "nn/attention.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

using namespace hug;

namespace {

struct Shape {
  std::size_t layers = 16;
  std::size_t heads = 32;
  std::size_t kv_heads = 8;
  std::size_t dim = 64;
  std::size_t depth = 8192;
  std::size_t chunk = 512;
};

double now() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

std::vector<float> random_floats(std::size_t n) {
  std::mt19937 engine(1);
  std::normal_distribution<float> normal;
  std::vector<float> out(n);
  for (float& v : out)
    v = normal(engine);
  return out;
}

std::vector<nn::KvCache> filled(nn::Team& team, const Shape& s,
                                nn::CacheType type) {
  const auto arena = std::make_shared<nn::PageArena>();
  const auto rows = random_floats(s.depth * s.kv_heads * s.dim);
  std::vector<nn::KvCache> out;
  for (std::size_t i = 0; i < s.layers; ++i) {
    out.emplace_back(nn::KvShape{s.kv_heads, s.dim, s.dim}, type, 0, arena);
    if (!out.back().prepare(s.depth)) std::exit(1);
    out.back().append(team, s.depth, rows, rows);
  }
  return out;
}

// Seconds for `n` queries in all layers: the best of a few.
double measure(nn::Team& team, const Shape& s,
               const std::vector<nn::KvCache>& layers, std::size_t n) {
  nn::Workspace work;
  const auto q = random_floats(n * s.heads * s.dim);
  std::vector<float> out(q.size());
  double best = 1e9;
  for (int i = 0; i < (n == 1 ? 10 : 3); ++i) {
    const double start = now();
    for (const auto& layer : layers) {
      nn::AttentionJob job;
      job.q = q;
      job.cache = &layer;
      job.out = out;
      job.n_query = n;
      job.n_head = s.heads;
      job.first = s.depth - n;
      job.scale = 0.125f;
      nn::attend(team, work, job);
    }
    best = std::min(best, now() - start);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arg = [&](int i, std::size_t otherwise) {
    return argc > i ? std::strtoul(argv[i], nullptr, 10) : otherwise;
  };
  const auto isa =
      tensor::parse_isa(argc > 2 ? argv[2] : "").value_or(tensor::best_isa());
  const std::string kind = argc > 3 ? argv[3] : "f16";
  const auto type = kind == "f32"  ? nn::CacheType::kF32
                    : kind == "q8" ? nn::CacheType::kQ8
                                   : nn::CacheType::kF16;
  Shape s;
  s.layers = arg(4, s.layers);
  s.heads = arg(5, s.heads);
  s.kv_heads = arg(6, s.kv_heads);
  s.dim = arg(7, s.dim);
  s.depth = arg(8, s.depth);
  s.chunk = arg(9, s.chunk);
  nn::Team team(static_cast<unsigned>(arg(1, 2)), isa);
  const auto layers = filled(team, s, type);
  std::size_t bytes = 0;
  for (const auto& l : layers)
    bytes += l.pages().size() * l.layout().page_size;
  const double one = measure(team, s, layers, 1);
  std::printf("%s %s, %u threads: one token at depth %zu %.3f ms, %.1f GB/s\n",
              std::string(tensor::name(isa)).c_str(), kind.c_str(), team.size(),
              s.depth, one * 1e3, static_cast<double>(bytes) / one / 1e9);
  if (s.chunk == 0) return 0;
  const double many = measure(team, s, layers, s.chunk);
  const double seen =
      static_cast<double>(s.depth) - static_cast<double>(s.chunk) / 2;
  const double macs = 2.0 * static_cast<double>(s.layers * s.heads * s.dim) *
                      static_cast<double>(s.chunk) * seen;
  std::printf("  %zu tokens there %.1f ms, %.1f GMAC/s\n", s.chunk, many * 1e3,
              macs / many / 1e9);
  return 0;
}
