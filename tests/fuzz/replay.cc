// Runs a fuzz target without libFuzzer: every seed, then a fixed number of
// mutations from a fixed start, so that a failure comes back the next time.
//
//   hug_fuzz_<name> [FOLDER|FILE ...] [-runs=N] [-max_len=N] [-seed=N]
//
// Before each run the input is kept in a buffer that a crash handler writes to
// crash-<name>-<n>, for `hug_fuzz_<name> FILE` to repeat.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

const Bytes* current = nullptr;

/// Only calls that a signal handler may make.
void on_crash(int signal) {
  const int fd = ::open("crash-input", O_CREAT | O_TRUNC | O_WRONLY, 0644);
  if (fd >= 0 && current != nullptr) {
    [[maybe_unused]] const auto n =
        ::write(fd, current->data(), current->size());
    ::close(fd);
  }
  static constexpr std::string_view kNote =
      "the input that failed is in ./crash-input\n";
  [[maybe_unused]] const auto n = ::write(2, kNote.data(), kNote.size());
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::size_t below(std::size_t bound) {
    return bound == 0 ? 0 : static_cast<std::size_t>(next() % bound);
  }

 private:
  std::uint64_t state_;
};

void overwrite(Bytes& bytes, Random& random) {
  static constexpr std::uint8_t kEdges[] = {0,    1,   0x7f, 0x80, 0xff, '\n',
                                            '\r', '"', '%',  '/',  '\\', ';',
                                            ',',  '<', '>',  '-',  '9',  ' '};
  if (bytes.empty()) return;
  const auto at = random.below(bytes.size());
  switch (random.below(4)) {
    case 0:
      bytes[at] ^= static_cast<std::uint8_t>(1U << random.below(8));
      break;
    case 1:
      bytes[at] = kEdges[random.below(std::size(kEdges))];
      break;
    case 2:
      bytes[at] = static_cast<std::uint8_t>(random.next());
      break;
    default: {
      // A field of 1, 2, 4 or 8 bytes gets an edge value: sizes and counts.
      const auto width = std::size_t{1} << random.below(4);
      const auto value = random.below(2) == 0
                             ? ~std::uint64_t{0}
                             : std::uint64_t{1} << random.below(64);
      for (std::size_t i = 0; i < width && at + i < bytes.size(); ++i) {
        bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
      }
    }
  }
}

void resize(Bytes& bytes, const std::vector<Bytes>& seeds, Random& random) {
  const auto position = [&](std::size_t at) {
    return bytes.begin() + static_cast<std::ptrdiff_t>(at);
  };
  const auto at = random.below(bytes.size() + 1);
  switch (random.below(4)) {
    case 0:
      bytes.resize(at);
      break;
    case 1: {
      const auto count =
          random.below(std::min<std::size_t>(bytes.size() - at + 1, 64));
      bytes.erase(position(at), position(at + count));
      break;
    }
    case 2:
      bytes.insert(position(at), 1 + random.below(8),
                   static_cast<std::uint8_t>(random.next()));
      break;
    default: {
      // A piece of another seed.
      const auto& other = seeds[random.below(seeds.size())];
      const auto from = random.below(other.size());
      const auto count = random.below(other.size() - from + 1);
      const auto start = other.begin() + static_cast<std::ptrdiff_t>(from);
      bytes.insert(position(at), start,
                   start + static_cast<std::ptrdiff_t>(count));
    }
  }
}

Bytes read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

void add_seeds(const std::filesystem::path& path, std::vector<Bytes>& seeds) {
  if (std::filesystem::is_regular_file(path)) {
    seeds.push_back(read(path));
    return;
  }
  if (!std::filesystem::is_directory(path)) return;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const auto& file : files)
    seeds.push_back(read(file));
}

void run(const Bytes& bytes) {
  current = &bytes;
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t runs = 0;
  std::uint64_t seed = 1;
  std::size_t max_len = 4096;
  std::vector<Bytes> seeds;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    const auto number = [&](std::string_view prefix) {
      return std::strtoull(argv[i] + prefix.size(), nullptr, 10);
    };
    if (arg.starts_with("-runs=")) {
      runs = number("-runs=");
    } else if (arg.starts_with("-max_len=")) {
      max_len = static_cast<std::size_t>(number("-max_len="));
    } else if (arg.starts_with("-seed=")) {
      seed = number("-seed=");
    } else {
      add_seeds(arg, seeds);
    }
  }
  for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGILL, SIGBUS}) {
    ::signal(signal, on_crash);
  }
  run({});
  for (const auto& bytes : seeds)
    run(bytes);
  if (seeds.empty()) seeds.push_back(Bytes(16, 'a'));
  Random random(seed);
  for (std::uint64_t i = 0; i < runs; ++i) {
    Bytes bytes = seeds[random.below(seeds.size())];
    for (auto n = 1 + random.below(6); n > 0; --n) {
      random.below(3) == 0 ? resize(bytes, seeds, random)
                           : overwrite(bytes, random);
    }
    if (bytes.size() > max_len && random.below(16) != 0) bytes.resize(max_len);
    run(bytes);
  }
  std::printf("%zu seeds, %llu mutations: no failure\n", seeds.size(),
              static_cast<unsigned long long>(runs));
}
