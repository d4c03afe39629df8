// Rates of matrix products: hug_bench_matmul [options], see README.md.
#include "nn/matmul.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "nn/matmul_reference.h"
#include "tensor/tensor.h"

namespace {

using hug::nn::Matrix;
using hug::nn::Team;
using hug::tensor::DType;

struct Options {
  std::vector<std::string> types = {"q4_K", "q6_K", "q8_0", "q4_0",
                                    "bf16", "f16",  "f32"};
  std::vector<std::size_t> columns = {512};
  std::vector<std::size_t> threads = {1, 2};
  std::vector<hug::tensor::Isa> sets = {hug::tensor::best_isa()};
  std::size_t n_in = 2048;
  std::size_t n_out = 8192;
  double seconds = 0.4;  // a figure
};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

std::vector<std::size_t> numbers(std::string_view text) {
  std::vector<std::size_t> values;
  for (const std::string& part : split(text))
    values.push_back(std::strtoull(part.c_str(), nullptr, 10));
  return values;
}

[[noreturn]] void fail(const char* what, const char* about) {
  std::fprintf(stderr, "hug_bench_matmul: %s: %s\n", what, about);
  std::exit(2);
}

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* const value = argv[i + 1];
    if (name == "-type") {
      o.types = split(value);
    } else if (name == "-n") {
      o.columns = numbers(value);
    } else if (name == "-t") {
      o.threads = numbers(value);
    } else if (name == "-k") {
      o.n_in = numbers(value).at(0);
    } else if (name == "-m") {
      o.n_out = numbers(value).at(0);
    } else if (name == "-s") {
      o.seconds = std::strtod(value, nullptr);
    } else if (name == "-isa") {
      o.sets.clear();
      for (const std::string& part : split(value)) {
        const auto isa = hug::tensor::parse_isa(part);
        if (!isa) fail("no such instruction set", part.c_str());
        o.sets.push_back(*isa);
      }
    } else {
      fail("no such option", argv[i]);
    }
  }
  return o;
}

// Weights and columns of one shape, the same for all sets and threads.
struct Data {
  std::vector<std::byte> bytes;
  Matrix w;
  std::vector<float> x;
  std::vector<float> y;
};

// A few random rows, encoded where there is an encoder, again and again.
Data make_data(DType type, const Options& o, std::size_t n) {
  constexpr std::size_t kRows = 16;
  Data d;
  std::mt19937 rng(1);
  std::normal_distribution<float> normal(0.0F, 0.02F);
  std::vector<float> rows(kRows * o.n_in);
  for (float& v : rows)
    v = normal(rng);
  const auto size = hug::tensor::row_bytes(type, o.n_in);
  if (!size) fail("the width is no multiple of the block", "-k");
  std::vector<std::byte> some(kRows * size.value());
  if (!hug::tensor::encode_rows(type, rows, o.n_in, {}, some)) {
    for (std::byte& b : some)
      b = static_cast<std::byte>(rng() & 0x3bU);  // no large exponents
  }
  d.bytes.resize(o.n_out * size.value());
  for (std::size_t at = 0; at < d.bytes.size(); at += some.size())
    std::memcpy(&d.bytes[at], some.data(),
                std::min(some.size(), d.bytes.size() - at));
  d.w = {type, d.bytes, o.n_in, o.n_out};
  d.x.resize(n * o.n_in);
  for (float& v : d.x)
    v = normal(rng);
  d.y.resize(n * o.n_out);
  return d;
}

// The error against f32, as a part of the standard deviation, over a few rows.
double error_of(Team& team, const Data& d) {
  const std::size_t rows = std::min<std::size_t>(d.w.n_out, 32);
  const std::size_t n = d.x.size() / d.w.n_in;
  std::vector<float> expected(n * rows);
  const hug::nn::Product product{d.w.rows(0, rows), {}, expected};
  hug::nn::matmul_reference(team, d.x, {&product, 1});
  double difference = 0;
  double power = 0;
  for (std::size_t c = 0; c < n; ++c) {
    for (std::size_t r = 0; r < rows; ++r) {
      const double e = static_cast<double>(expected[c * rows + r]);
      const double v = static_cast<double>(d.y[c * d.w.n_out + r]) - e;
      difference += v * v;
      power += e * e;
    }
  }
  return __builtin_sqrt(difference / power);
}

double best_time(Team& team, Data& d, double seconds) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9;
  for (double spent = 0; spent < seconds;) {
    const auto start = Clock::now();
    hug::nn::matmul(team, d.x, d.w, d.y);
    const double t =
        std::chrono::duration<double>(Clock::now() - start).count();
    best = std::min(best, t);
    spent += t;
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  const Options o = parse(argc, argv);
  std::printf("%-8s %-7s %2s %5s %6s %6s %9s %9s %8s\n", "type", "isa", "t",
              "n", "k", "m", "GMAC/s", "GB/s", "error");
  for (const std::string& name : o.types) {
    const auto type = hug::tensor::find_dtype(name);
    if (!type) fail("no such type", name.c_str());
    for (const std::size_t n : o.columns) {
      Data d = make_data(*type, o, n);
      for (const auto isa : o.sets) {
        for (const std::size_t threads : o.threads) {
          Team team(static_cast<unsigned>(threads), isa);
          const double t = best_time(team, d, o.seconds);
          const double products = static_cast<double>(o.n_in) *
                                  static_cast<double>(o.n_out) *
                                  static_cast<double>(n);
          std::printf("%-8s %-7s %2zu %5zu %6zu %6zu %9.1f %9.1f %8.5f\n",
                      name.c_str(), hug::tensor::name(isa).data(), threads, n,
                      o.n_in, o.n_out, products / t / 1e9,
                      static_cast<double>(d.bytes.size()) / t / 1e9,
                      error_of(team, d));
          std::fflush(stdout);
        }
      }
    }
  }
  return 0;
}
