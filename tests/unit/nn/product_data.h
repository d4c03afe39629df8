// Matrices and columns to multiply, and what the products must be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "nn/matrix.h"
#include "tensor/tensor.h"

namespace hug::nn::test {

/// Rows of random blocks of any type: all codes and scales of a file can
/// occur, floats are of sensible size.
class Weights {
 public:
  Weights(tensor::DType type, std::size_t n_out, std::size_t n_in,
          unsigned seed);
  /// Every byte of the codes and the integer scales the same.
  Weights(tensor::DType type, std::size_t n_out, std::size_t n_in,
          std::uint8_t fill);

  Matrix matrix() const { return {type_, bytes_, n_in_, n_out_}; }

  /// Shape: (n_out, n_in).
  const std::vector<float>& values() const { return values_; }

 private:
  void finish(std::mt19937& rng);

  tensor::DType type_;
  std::size_t n_out_;
  std::size_t n_in_;
  std::vector<std::byte> bytes_;
  std::vector<float> values_;
};

/// Normally distributed, a few values `peak` times as large. Shape: (n, n_in).
std::vector<float> make_columns(std::size_t n, std::size_t n_in, unsigned seed,
                                float peak = 8);

/// x as integer kernels see it: in blocks of `block` elements, rounded to 127
/// steps of the largest magnitude. n_in is a multiple of block.
std::vector<double> rounded(const std::vector<float>& x, std::size_t block);

/// One product with f64 sums, and the sum of all magnitudes.
struct Exact {
  double value = 0;
  double magnitude = 0;
};

Exact exact_product(const float* w, const double* x, std::size_t n);

/// Memory at the alignment that kernels need.
struct Aligned {
  explicit Aligned(std::size_t size) : memory(size + 64), at(memory.data()) {
    at += (64 - reinterpret_cast<std::uintptr_t>(at) % 64) % 64;
  }

  Aligned(const Aligned&) = delete;
  Aligned& operator=(const Aligned&) = delete;

  std::vector<std::uint8_t> memory;
  std::uint8_t* at;
};

/// Types that weights can have in a gguf file.
std::vector<tensor::DType> weight_types();
/// The sets that this machine has, without the scalar one.
std::vector<tensor::Isa> vector_sets();

}  // namespace hug::nn::test
