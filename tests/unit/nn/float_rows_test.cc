// Norms, turns and activations of every instruction set against the reference.
#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

#include "nn/rows.h"
#include "unit/nn/product_data.h"

using namespace hug;

namespace {

std::vector<float> random_floats(std::size_t n, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> out(n);
  for (float& x : out)
    x = normal(engine);
  return out;
}

void check_close(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  float worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const float e = std::abs(a[i] - b[i]) / (1.0f + std::abs(b[i]));
    if (!(e <= worst)) worst = e;
  }
  CHECK(worst <= 4e-6f);
}

template <class F>
void for_each_set(const F& f) {
  for (const auto isa : nn::test::vector_sets()) {
    CAPTURE(tensor::name(isa));
    nn::Team team(2, isa);
    f(team);
  }
}

}  // namespace

TEST_CASE("rows: norms of odd widths, with weights in sets or none") {
  nn::Team reference(1, tensor::Isa::kScalar);
  for (const std::size_t width : {1UL, 7UL, 16UL, 33UL, 64UL, 1000UL}) {
    const auto x = random_floats(6 * width, 1);
    const auto w = random_floats(2 * width, 2);
    const auto b = random_floats(2 * width, 3);
    for (const bool centred : {false, true}) {
      for (const std::size_t sets : {0UL, 1UL, 2UL}) {
        nn::NormWeights norm;
        norm.centred = centred;
        norm.eps = 1e-5f;
        norm.w = std::span(w).first(sets * width);
        norm.b = std::span(b).first(sets * width);
        std::vector<float> want(x.size());
        nn::norm_rows(reference, norm, x, width, want);
        for_each_set([&](nn::Team& team) {
          std::vector<float> got(x.size());
          nn::norm_rows(team, norm, x, width, got);
          check_close(got, want);
        });
      }
    }
  }
}

TEST_CASE("rows: heads turn as the reference turns them") {
  nn::Team reference(1, tensor::Isa::kScalar);
  nn::RopeTable table;
  for (int i = 0; i < 10; ++i)
    table.step.push_back(std::pow(10000.0f, -static_cast<float>(i) / 10));
  table.magnitude = 1.1f;
  const auto x = random_floats(5 * 3 * 24, 1);
  for (const auto pairs : {nn::RopePairs::kNeighbours, nn::RopePairs::kHalves,
                           nn::RopePairs::kNone}) {
    nn::Workspace work;
    auto want = x;
    for (std::size_t t = 0; t < 5; ++t) {
      for (std::size_t h = 0; h < 3; ++h) {
        nn::rotate(std::span(want).subspan((t * 3 + h) * 24 + 4, 20), table,
                   pairs, static_cast<std::int64_t>(1000 + t));
      }
    }
    const auto turned = [&](nn::Team& team) {
      auto got = x;
      const auto turns = nn::make_turns(team, work, table, pairs, 1000, 5);
      nn::turn_heads(team, turns, got, 3, 24, 4);
      check_close(got, want);
    };
    turned(reference);
    for_each_set(turned);
  }
}

TEST_CASE("rows: activations, gates, caps and sums") {
  nn::Team reference(1, tensor::Isa::kScalar);
  const std::size_t n = 12345;
  auto gate = random_floats(n, 1);
  gate[3] = 100;
  gate[4] = -100;
  const auto up = random_floats(n, 2);
  const auto both = [&](const auto& run) {
    auto want = up;
    run(reference, std::span<float>(want));
    for_each_set([&](nn::Team& team) {
      auto got = up;
      run(team, std::span<float>(got));
      check_close(got, want);
    });
  };
  for (const auto kind : {nn::Activation::kSilu, nn::Activation::kGeluTanh,
                          nn::Activation::kGeluErf, nn::Activation::kRelu}) {
    both([&](nn::Team& t, auto y) { nn::activate(t, kind, gate, y); });
    both([&](nn::Team& t, auto y) { nn::activate(t, kind, {}, y); });
    both([&](nn::Team& t, auto y) {
      nn::activate_halves(t, kind, std::span(gate).first(2 * 6000), 100,
                          y.first(6000));
    });
  }
  both([&](nn::Team& t, auto y) { nn::clamped_glu(t, gate, y); });
  both([&](nn::Team& t, auto y) { nn::softcap(t, y, 5.0f); });
  both([&](nn::Team& t, auto y) { nn::add(t, y, gate, 0.5f); });
}
