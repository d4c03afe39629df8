// The products as a forward pass asks for them: several at once, any number of
// columns, any number of threads.
#include "nn/matmul.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>

#include "nn/kernels.h"
#include "nn/matmul_reference.h"
#include "unit/nn/product_data.h"

namespace {

using namespace hug::nn;
using namespace hug::nn::test;
using hug::tensor::DType;
using hug::tensor::Isa;

// |difference| over |expected|, both as vectors.
double distance(const std::vector<float>& y, const std::vector<float>& e) {
  double difference = 0;
  double power = 1e-30;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double v = static_cast<double>(e[i]);
    difference += std::pow(static_cast<double>(y[i]) - v, 2);
    power += v * v;
  }
  return std::sqrt(difference / power);
}

// What rounding activations to bytes may cost; floats round nothing, bf16
// columns keep eight bits.
double allowed(DType type) {
  if (type == DType::kF32 || type == DType::kF16) return 2e-6;
  return type == DType::kBf16 ? 8e-3 : 3e-2;
}

std::vector<float> product(Team& team, const Matrix& w,
                           const std::vector<float>& x) {
  std::vector<float> y(x.size() / w.n_in * w.n_out, NAN);
  matmul(team, x, w, y);
  return y;
}

bool same_bytes(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// Three products of one input, of types prepared alike and not, with a bias.
struct Three {
  Three(DType a, DType b, DType c, std::size_t n_in)
      : q(a, 200, n_in, 1U), k(b, 33, n_in, 2U), v(c, 64, n_in, 3U) {
    for (int i = 0; i < 33; ++i)
      bias.push_back(static_cast<float>(i));
  }

  using Run = void (*)(Team&, std::span<const float>, std::span<const Product>);

  std::vector<std::vector<float>> operator()(Run run, Team& team,
                                             const std::vector<float>& x) {
    const std::size_t n = x.size() / q.matrix().n_in;
    std::vector<std::vector<float>> y = {std::vector<float>(n * 200, NAN),
                                         std::vector<float>(n * 33, NAN),
                                         std::vector<float>(n * 64, NAN)};
    const Product products[] = {{q.matrix(), {}, y[0]},
                                {k.matrix(), bias, y[1]},
                                {v.matrix(), {}, y[2]}};
    run(team, x, std::span<const Product>(products));
    return y;
  }

  Weights q, k, v;
  std::vector<float> bias;
};

}  // namespace

TEST_CASE("products are near the f32 reference for any number of columns") {
  for (const Isa isa : vector_sets()) {
    Team team(2, isa);
    for (const DType type : weight_types()) {
      const std::size_t block = hug::tensor::info(type).block;
      for (const std::size_t n_in :
           {std::max<std::size_t>(block, 32),
            2 * std::max<std::size_t>(block, 128), std::size_t{2304}}) {
        const Weights w(type, 75, n_in, 1U);
        for (const std::size_t n : {1U, 2U, 7U, 8U, 9U, 10U, 31U}) {
          CAPTURE(std::string(hug::tensor::name(type)));
          CAPTURE(std::string(hug::tensor::name(isa)));
          CAPTURE(n);
          CAPTURE(n_in);
          const auto x = make_columns(n, n_in, 2, 1);
          std::vector<float> expected(n * 75);
          const Product p{w.matrix(), {}, expected};
          matmul_reference(team, x, {&p, 1});
          CHECK(distance(product(team, w.matrix(), x), expected) <
                allowed(type));
        }
      }
    }
  }
}

TEST_CASE("the bytes of a product do not depend on the number of threads") {
  for (const Isa isa : vector_sets()) {
    Team one(1, isa);
    Team three(3, isa);
    for (const DType type : weight_types()) {
      const Weights w(type, 333, 512, 1U);
      for (const std::size_t n : {1U, 8U, 17U, 150U}) {
        CAPTURE(std::string(hug::tensor::name(type)));
        CAPTURE(n);
        const auto x = make_columns(n, 512, 2);
        CHECK(same_bytes(product(one, w.matrix(), x),
                         product(three, w.matrix(), x)));
      }
    }
  }
}

TEST_CASE("several products of one input") {
  for (const Isa isa : vector_sets()) {
    Team team(2, isa);
    for (Three three : {Three(DType::kQ4K, DType::kQ4K, DType::kQ6K, 512),
                        Three(DType::kQ8_0, DType::kQ4_0, DType::kF16, 512),
                        Three(DType::kBf16, DType::kQ4K, DType::kNvfp4, 512),
                        Three(DType::kF32, DType::kIq2S, DType::kQ4_1, 512)}) {
      for (const std::size_t n : {1U, 5U, 9U, 70U}) {
        const auto x = make_columns(n, 512, 4, 1);
        const auto y = three(matmul, team, x);
        const auto expected = three(matmul_reference, team, x);
        for (std::size_t i = 0; i < y.size(); ++i) {
          CAPTURE(n);
          CAPTURE(i);
          CHECK(distance(y[i], expected[i]) < 3e-2);
        }
      }
    }
  }
}

TEST_CASE("more products than are shared out at once") {
  Team team(2);
  const Weights w(DType::kQ8_0, 24, 64, 1U);
  const auto x = make_columns(9, 64, 2);
  const auto expected = product(team, w.matrix(), x);
  std::vector<std::vector<float>> y(19, std::vector<float>(expected.size()));
  std::vector<Product> products;
  for (auto& out : y)
    products.push_back({w.matrix(), {}, out});
  matmul(team, x, products);
  for (const auto& out : y)
    CHECK(same_bytes(out, expected));
}

TEST_CASE("the scalar set is the reference itself") {
  Team team(2, Isa::kScalar);
  const Weights w(DType::kQ4K, 40, 256, 1U);
  for (const std::size_t n : {1U, 20U}) {
    const auto x = make_columns(n, 256, 2);
    std::vector<float> expected(n * 40);
    const Product p{w.matrix(), {}, expected};
    matmul_reference(team, x, {&p, 1});
    CHECK(same_bytes(product(team, w.matrix(), x), expected));
  }
}

TEST_CASE("no columns and no products are nothing to do") {
  Team team(2);
  const Weights w(DType::kQ8_0, 24, 64, 1U);
  matmul(team, {}, w.matrix(), {});
  matmul(team, make_columns(1, 64, 1), {});
}
