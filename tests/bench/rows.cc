// How fast the row kernels read weights, beside a plain read of the same
// memory in the same run: hug_bench_rows [--threads N] [--isa NAME]
// [--type NAME] [--mib N] [--cached] [--file PATH], which maps a file that it
// makes instead of taking large pages.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "nn/kernels.h"
#include "nn/team.h"
#include "sys/thread_pool.h"

using namespace hug;

namespace {

struct Options {
  unsigned threads = static_cast<unsigned>(sys::cpu_count());
  tensor::Isa isa = tensor::best_isa();
  std::string type;
  std::size_t mib = 512;
  bool cached = false;
  std::string file;
};

double seconds() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

double best_of(int n, const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < n; ++i) {
    const double start = seconds();
    work();
    best = std::min(best, seconds() - start);
  }
  return best;
}

/// Bits that are finite numbers in every type: 0x11 in every byte.
std::span<std::uint8_t> map_weights(const Options& o) {
  const std::size_t bytes = o.mib << 20;
  const std::vector<char> ones(std::size_t{1} << 20, 0x11);
  void* p = MAP_FAILED;
  if (o.file.empty()) {
    p = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) std::exit(1);
    ::madvise(p, bytes, MADV_HUGEPAGE);
    std::memset(p, 0x11, bytes);
  } else {
    std::FILE* const f = std::fopen(o.file.c_str(), "wb");
    if (f == nullptr) std::exit(1);
    for (std::size_t i = 0; i < o.mib; ++i)
      std::fwrite(ones.data(), 1, ones.size(), f);
    std::fclose(f);
    const int fd = ::open(o.file.c_str(), O_RDONLY);
    p = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) std::exit(1);
    ::close(fd);
  }
  return {static_cast<std::uint8_t*>(p), bytes};
}

double read_rate(nn::Team& team, std::span<const std::uint8_t> bytes) {
  std::vector<std::uint64_t> sums(std::size_t{team.size()} * 8);
  const double best = best_of(5, [&] {
    team.run(bytes.size() / 64, 16384,
             [&](unsigned rank, std::size_t begin, std::size_t end) {
               std::uint64_t sum[8] = {};
               for (std::size_t i = begin; i < end; ++i) {
                 std::uint64_t v[8];
                 std::memcpy(v, bytes.data() + 64 * i, 64);
                 for (int k = 0; k < 8; ++k)
                   sum[k] += v[k];
               }
               sums[rank * 8] += sum[0] + sum[1] + sum[2] + sum[3] + sum[4] +
                                 sum[5] + sum[6] + sum[7];
             });
  });
  return static_cast<double>(bytes.size()) / best / 1e9;
}

void measure(nn::Team& team, const Options& o, const tensor::DTypeInfo& info,
             std::span<const std::uint8_t> memory) {
  const nn::RowKernel* const kernel = nn::find_row_kernel(info.type, o.isa);
  if (kernel == nullptr) return;
  constexpr std::size_t kIn = 2048;
  const std::size_t row_size = kIn / info.block * info.bytes;
  const std::size_t n_row =
      (o.cached ? std::size_t{64} << 10 : memory.size()) / row_size;
  const std::size_t size = kernel->column_size(kIn);
  auto* const columns = static_cast<std::uint8_t*>(
      ::operator new (8 * size, std::align_val_t{64}));
  std::vector<float> x(kIn);
  for (std::size_t i = 0; i < kIn; ++i)
    x[i] = static_cast<float>(i % 17) - 8;
  for (std::size_t c = 0; c < 8; ++c)
    kernel->prepare(x.data(), kIn, columns + c * size);
  const double prepare =
      best_of(200, [&] { kernel->prepare(x.data(), kIn, columns); });
  std::vector<float> y(8 * n_row);
  std::printf("%-8s", std::string(info.name).c_str());
  for (const std::size_t n_column : {1U, 2U, 4U, 8U}) {
    nn::RowJob job;
    job.rows = memory.data();
    job.row_size = row_size;
    job.n_in = kIn;
    job.columns = columns;
    job.n_column = n_column;
    job.y = y.data();
    job.y_stride = n_row;
    const double best = best_of(o.cached ? 300 : 5, [&] {
      team.run(n_row, std::max<std::size_t>(65536 / row_size, 1),
               [&](std::size_t begin, std::size_t end) {
                 nn::RowJob part = job;
                 part.begin = begin;
                 part.end = end;
                 kernel->multiply(part);
               });
    });
    const auto bytes = static_cast<double>(n_row * row_size);
    const auto products = static_cast<double>(n_row * kIn * n_column);
    std::printf(" %6.1f (%4.0f)", bytes / best / 1e9, products / best / 1e9);
  }
  std::printf("  %5.2f us\n", prepare * 1e6);
  ::operator delete (columns, std::align_val_t{64});
}

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--cached") {
      o.cached = true;
      continue;
    }
    const std::string value = i + 1 < argc ? argv[++i] : "";
    if (name == "--threads") {
      o.threads = static_cast<unsigned>(std::atoi(value.c_str()));
    } else if (name == "--isa") {
      o.isa = tensor::parse_isa(value).value_or(o.isa);
    } else if (name == "--type") {
      o.type = value;
    } else if (name == "--file") {
      o.file = value;
    } else if (name == "--mib") {
      o.mib = static_cast<std::size_t>(std::max(std::atoi(value.c_str()), 1));
    }
  }
  return o;
}

}  // namespace

int main(int argc, char** argv) {
  const Options o = parse(argc, argv);
  nn::Team team(o.threads, o.isa);
  const auto memory = map_weights(o);
  std::printf("%s, %u threads; plain read %.1f GB/s\n",
              std::string(tensor::name(o.isa)).c_str(), team.size(),
              read_rate(team, memory));
  std::printf(
      "GB/s of weights (G products/s) for 1, 2, 4, 8 columns of 2048; "
      "preparing one\n");
  const auto wanted = tensor::find_dtype(o.type);
  for (const auto& info : tensor::all_dtypes())
    if (!wanted || *wanted == info.type) measure(team, o, info, memory);
  std::printf("plain read %.1f GB/s\n", read_rate(team, memory));
  return 0;
}
