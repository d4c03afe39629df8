// Encodes rows for the comparison with other programs:
//
//   hug_quantize_rows TYPE ISA N_PER_ROW rows.f32 importance.f32|- > blocks
//
// (with --time first: prints the seconds it took), and decodes them:
// hug_quantize_rows --decode TYPE ISA blocks N > rows.f32
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace {

using hug::tensor::DType;
using hug::tensor::Isa;

std::vector<char> slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<float> slurp_floats(const std::string& path) {
  const std::vector<char> bytes = slurp(path);
  std::vector<float> out(bytes.size() / sizeof(float));
  if (!out.empty())
    std::memcpy(out.data(), bytes.data(), out.size() * sizeof(float));
  return out;
}

int fail(const hug::Error& error) {
  std::fprintf(stderr, "%s\n", error.message().c_str());
  return 1;
}

template <class T>
int put(const std::vector<T>& out) {
  const std::size_t n = std::fwrite(out.data(), sizeof(T), out.size(), stdout);
  return n == out.size() ? 0 : 1;
}

int encode(char** argv, bool time) {
  const auto type = hug::tensor::find_dtype(argv[0]);
  const auto isa = hug::tensor::parse_isa(argv[1]);
  if (!type || !isa) return 2;
  const std::size_t n = std::stoul(argv[2]);
  const auto rows = slurp_floats(argv[3]);
  const auto importance = std::strcmp(argv[4], "-") == 0
                              ? std::vector<float>()
                              : slurp_floats(argv[4]);
  const auto bytes = hug::tensor::tensor_bytes(*type, n, rows.size() / n);
  if (!bytes) return fail(bytes.error());
  std::vector<std::byte> out(*bytes);
  const auto start = std::chrono::steady_clock::now();
  const auto done =
      hug::tensor::encode_rows(*type, rows, n, importance, out, *isa);
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - start;
  if (done && time) return std::printf("%.9f\n", took.count()) > 0 ? 0 : 1;
  return done ? put(out) : fail(done.error());
}

int decode(char** argv) {
  const auto type = hug::tensor::find_dtype(argv[0]);
  const auto isa = hug::tensor::parse_isa(argv[1]);
  if (!type || !isa) return 2;
  const auto blocks = slurp(argv[2]);
  std::vector<float> out(std::stoul(argv[3]));
  const auto done = hug::tensor::decode_rows(
      *type, std::as_bytes(std::span(blocks)), out, *isa);
  return done ? put(out) : fail(done.error());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6 && argc != 7) return 2;
  if (std::strcmp(argv[1], "--decode") == 0) return decode(argv + 2);
  const bool time = std::strcmp(argv[1], "--time") == 0;
  return encode(argv + (time ? 2 : 1), time);
}
