#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "nn/kernels.h"
#include "nn/team.h"
#include "tensor/codec.h"
#include "tensor/scalar.h"
#include "unit/nn/product_data.h"

using namespace hug;
using nn::test::Aligned;
using nn::test::vector_sets;
using tensor::DType;
using tensor::Isa;

namespace {

/// Where the blocks of a type keep numbers that random bytes must not be.
struct TypeCase {
  DType type;
  std::vector<std::size_t> halves;
};

const std::vector<TypeCase> kQuantized = {
    {DType::kQ4_0, {0}},    {DType::kQ4_1, {0, 2}},  {DType::kQ5_0, {0}},
    {DType::kQ5_1, {0, 2}}, {DType::kQ8_0, {0}},     {DType::kIq4Nl, {0}},
    {DType::kMxfp4, {}},    {DType::kQ2K, {80, 82}}, {DType::kQ3K, {108}},
    {DType::kQ4K, {0, 2}},  {DType::kQ5K, {0, 2}},   {DType::kQ6K, {208}},
    {DType::kIq4Xs, {0}},   {DType::kTq1_0, {52}},   {DType::kTq2_0, {64}},
    {DType::kIq1S, {0}},    {DType::kIq1M, {}},      {DType::kIq2Xxs, {0}},
    {DType::kIq2Xs, {0}},   {DType::kIq2S, {0}},     {DType::kIq3Xxs, {0}},
    {DType::kIq3S, {0}},
};
const std::vector<DType> kFloats = {DType::kF32, DType::kF16, DType::kBf16};

struct Weights {
  std::vector<std::uint8_t> bytes;
  std::vector<float> values;  // (n_row, n_in), by the scalar decoder
  std::size_t row_size = 0;
  std::size_t n_row = 0;
  std::size_t n_in = 0;
};

using Random = std::mt19937;

float uniform(Random& r, float low, float high) {
  return std::uniform_real_distribution<float>(low, high)(r);
}

void finish(Weights& w, DType type) {
  w.values.resize(w.n_row * w.n_in);
  const auto bytes = std::as_bytes(std::span(w.bytes));
  REQUIRE(tensor::decode_rows(type, bytes, w.values, Isa::kScalar));
}

/// Random codes, or all bytes `fill` (0..255).
Weights quantized(const TypeCase& t, std::size_t n_row, std::size_t n_block,
                  Random& r, int fill = -1) {
  const auto& info = tensor::info(t.type);
  Weights w;
  w.n_row = n_row;
  w.n_in = n_block * info.block;
  w.row_size = n_block * info.bytes;
  w.bytes.resize(n_row * w.row_size);
  for (auto& b : w.bytes)
    b = static_cast<std::uint8_t>(fill < 0 ? r() : static_cast<unsigned>(fill));
  for (std::size_t at = 0; at < w.bytes.size(); at += info.bytes) {
    for (const std::size_t offset : t.halves) {
      const auto half = tensor::f32_to_f16(uniform(r, -0.03F, 0.05F));
      std::memcpy(w.bytes.data() + at + offset, &half, sizeof half);
    }
    if (t.type == DType::kMxfp4) {
      w.bytes[at] = static_cast<std::uint8_t>(118 + r() % 10);
    }
    if (t.type == DType::kIq1M) {  // the top of its scale
      auto& top = w.bytes[at + 55];
      top = static_cast<std::uint8_t>((top & 15) | 0x20);
    }
  }
  finish(w, t.type);
  return w;
}

Weights floats(DType type, std::size_t n_row, std::size_t n_in, Random& r) {
  Weights w;
  w.n_row = n_row;
  w.n_in = n_in;
  w.row_size = n_in * tensor::info(type).bytes;
  std::vector<float> x(n_row * n_in);
  for (float& v : x)
    v = uniform(r, -2, 2);
  w.bytes.resize(n_row * w.row_size);
  REQUIRE(tensor::encode_rows(type, x, n_in, {},
                              std::as_writable_bytes(std::span(w.bytes))));
  finish(w, type);
  return w;
}

/// Whole multiples of a power of two, 127 among every 32 of them: codes of
/// eight bits hold them exactly.
std::vector<float> exact_columns(std::size_t n, Random& r, int fill = 0) {
  std::vector<float> x(n);
  for (std::size_t i = 0; i < n; ++i) {
    const int q = fill != 0 ? fill : static_cast<int>(r() % 255) - 127;
    x[i] = static_cast<float>(i % 32 == 5 ? 127 : q) * 0x1p-6F;
  }
  return x;
}

std::vector<float> multiply(const nn::RowKernel& kernel, const Weights& w,
                            const std::vector<float>& x, std::size_t n_column,
                            nn::Team* team = nullptr) {
  const std::size_t size = kernel.column_size(w.n_in);
  CHECK(size % 64 == 0);
  const Aligned columns(size * n_column);
  for (std::size_t c = 0; c < n_column; ++c)
    kernel.prepare(x.data() + c * w.n_in, w.n_in, columns.at + c * size);
  std::vector<float> y(n_column * w.n_row, -1);
  const auto rows = [&](std::size_t begin, std::size_t end) {
    nn::RowJob job;
    job.rows = w.bytes.data();
    job.row_size = w.row_size;
    job.n_in = w.n_in;
    job.begin = begin;
    job.end = end;
    job.columns = columns.at;
    job.n_column = n_column;
    job.y = y.data();
    job.y_stride = w.n_row;
    kernel.multiply(job);
  };
  if (team == nullptr) {
    rows(0, w.n_row);
  } else {
    team->run(w.n_row, 1, rows);
  }
  return y;
}

struct Expected {
  double sum = 0;
  double magnitude = 0;  // of the products
  double offset = 0;     // of what moves codes: at most 128 * 0.05 an element
};

Expected expected(const Weights& w, const std::vector<float>& x, std::size_t c,
                  std::size_t row) {
  Expected e;
  for (std::size_t i = 0; i < w.n_in; ++i) {
    const double p = static_cast<double>(w.values[row * w.n_in + i]) *
                     static_cast<double>(x[c * w.n_in + i]);
    e.sum += p;
    e.magnitude += std::abs(p);
    e.offset += 6.4 * std::abs(static_cast<double>(x[c * w.n_in + i]));
  }
  return e;
}

/// How many results are further from the exact sums than rounding explains.
int count_wrong(const Weights& w, const std::vector<float>& x,
                const std::vector<float>& y, std::size_t n_column) {
  int wrong = 0;
  for (std::size_t c = 0; c < n_column; ++c)
    for (std::size_t r = 0; r < w.n_row; ++r) {
      const Expected e = expected(w, x, c, r);
      const double bound = 2e-6 * (e.magnitude + 1) + 2e-7 * e.offset;
      const double got = static_cast<double>(y[c * w.n_row + r]);
      wrong += std::abs(got - e.sum) <= bound ? 0 : 1;
    }
  return wrong;
}

const nn::RowKernel& kernel_for(DType type, Isa isa) {
  const nn::RowKernel* const kernel = nn::find_row_kernel(type, isa);
  REQUIRE(kernel != nullptr);
  return *kernel;
}

}  // namespace

TEST_CASE("rows of every quantized type times 1 to 8 columns") {
  Random r(1);
  for (const Isa isa : vector_sets()) {
    for (const TypeCase& t : kQuantized) {
      CAPTURE(tensor::name(isa));
      CAPTURE(tensor::name(t.type));
      const auto& kernel = kernel_for(t.type, isa);
      const bool small = tensor::info(t.type).block == 32;
      for (const std::size_t n_block :
           small ? std::vector<std::size_t>{1, 2, 3, 5, 8, 18, 31}
                 : std::vector<std::size_t>{1, 2, 5}) {
        const Weights w = quantized(t, 5, n_block, r);
        for (std::size_t n_column = 1; n_column <= 8; ++n_column) {
          CAPTURE(n_block);
          CAPTURE(n_column);
          const auto x = exact_columns(n_column * w.n_in, r);
          const auto y = multiply(kernel, w, x, n_column);
          CHECK(count_wrong(w, x, y, n_column) == 0);
        }
      }
    }
  }
}

TEST_CASE("the largest and smallest codes do not overflow") {
  Random r(2);
  for (const Isa isa : vector_sets()) {
    for (const TypeCase& t : kQuantized) {
      for (const int fill : {0x00, 0x7f, 0x80, 0xff}) {
        if (t.type == DType::kTq1_0 && fill != 0) continue;  // no digits
        for (const int q : {127, -127}) {
          CAPTURE(tensor::name(isa));
          CAPTURE(tensor::name(t.type));
          CAPTURE(fill);
          CAPTURE(q);
          const Weights w = quantized(t, 2, 8, r, fill);
          const auto x = exact_columns(3 * w.n_in, r, q);
          const auto y = multiply(kernel_for(t.type, isa), w, x, 3);
          CHECK(count_wrong(w, x, y, 3) == 0);
        }
      }
    }
  }
}

TEST_CASE("rows of floats meet columns that were not rounded") {
  Random r(3);
  for (const Isa isa : vector_sets()) {
    for (const DType type : kFloats) {
      for (const std::size_t n_in :
           {1U, 7U, 8U, 16U, 31U, 32U, 47U, 96U, 577U}) {
        const Weights w = floats(type, 3, n_in, r);
        for (std::size_t n_column = 1; n_column <= 8; ++n_column) {
          CAPTURE(tensor::name(isa));
          CAPTURE(tensor::name(type));
          CAPTURE(n_in);
          CAPTURE(n_column);
          std::vector<float> x(n_column * n_in);
          for (float& v : x)
            v = uniform(r, -1, 1);
          const auto y = multiply(kernel_for(type, isa), w, x, n_column);
          CHECK(count_wrong(w, x, y, n_column) == 0);
        }
      }
    }
  }
}

TEST_CASE("any activations are rounded to within half a step") {
  Random r(4);
  for (const Isa isa : vector_sets()) {
    for (const TypeCase& t : kQuantized) {
      CAPTURE(tensor::name(isa));
      CAPTURE(tensor::name(t.type));
      const std::size_t block = tensor::info(t.type).block;
      const Weights w = quantized(t, 4, 768 / block, r);
      std::vector<float> x(w.n_in);
      for (float& v : x)
        v = std::exp(uniform(r, -6, 2)) * uniform(r, -1, 1);
      const auto y = multiply(kernel_for(t.type, isa), w, x, 1);
      for (std::size_t row = 0; row < w.n_row; ++row) {
        double bound = 0;
        for (std::size_t g = 0; g < w.n_in; g += block) {
          float most = 0;
          double weights = 0;
          for (std::size_t i = g; i < g + block; ++i) {
            most = std::max(most, std::abs(x[i]));
            weights +=
                std::abs(static_cast<double>(w.values[row * w.n_in + i]));
          }
          bound += static_cast<double>(most) / 254 * weights;
        }
        const double error =
            static_cast<double>(y[row]) - expected(w, x, 0, row).sum;
        CHECK(std::abs(error) <= bound * 1.001 + 1e-4);
      }
    }
  }
}

TEST_CASE("a sum depends neither on the threads nor on other columns") {
  Random r(5);
  std::vector<TypeCase> types = kQuantized;
  for (const DType type : kFloats)
    types.push_back({type, {}});
  for (const Isa isa : vector_sets()) {
    for (const TypeCase& t : types) {
      CAPTURE(tensor::name(isa));
      CAPTURE(tensor::name(t.type));
      const auto& kernel = kernel_for(t.type, isa);
      const std::size_t block = tensor::info(t.type).block;
      const Weights w = block == 1 ? floats(t.type, 37, 200, r)
                                   : quantized(t, 37, 512 / block, r);
      std::vector<float> x(8 * w.n_in);
      for (float& v : x)
        v = uniform(r, -1, 1);
      const auto all = multiply(kernel, w, x, 8);
      for (unsigned threads = 2; threads <= 4; ++threads) {
        nn::Team team(threads, isa);
        CHECK(multiply(kernel, w, x, 8, &team) == all);
      }
      for (std::size_t n_column = 1; n_column < 8; ++n_column) {
        const auto some = multiply(kernel, w, x, n_column);
        CHECK(std::equal(some.begin(), some.end(), all.begin()));
      }
    }
  }
}

TEST_CASE("a number that is none comes through; silence gives zero") {
  Random r(6);
  for (const Isa isa : vector_sets()) {
    for (const TypeCase& t : kQuantized) {
      CAPTURE(tensor::name(t.type));
      const auto& kernel = kernel_for(t.type, isa);
      const Weights w = quantized(t, 2, 8, r);
      std::vector<float> x(w.n_in, 0.5F);
      x[w.n_in / 2] = std::numeric_limits<float>::quiet_NaN();
      for (const float v : multiply(kernel, w, x, 1))
        CHECK(std::isnan(v));
      std::fill(x.begin(), x.end(), 0.0F);
      for (const float v : multiply(kernel, w, x, 1))
        CHECK(v == 0.0F);
      std::fill(x.begin(), x.end(), 1e-42F);
      for (const float v : multiply(kernel, w, x, 1))
        CHECK(std::abs(v) < 1e-30F);
    }
  }
}

TEST_CASE("the scalar set leaves rows to the reference") {
  CHECK(nn::find_row_kernel(DType::kQ4K, Isa::kScalar) == nullptr);
  for (const Isa isa : vector_sets()) {
    CHECK(nn::find_row_kernel(DType::kF8E4M3, isa) == nullptr);
    CHECK(nn::find_row_kernel(DType::kI32, isa) == nullptr);
  }
}
