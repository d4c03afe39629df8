// Attention of every instruction set and cache type against plain sums in f64.
#include "nn/attention.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "tensor/scalar.h"

using namespace hug;

namespace {

struct Case {
  std::size_t n_key;    // in the cache, the queries' own included
  std::size_t n_query;  // the last ones
  std::size_t n_head;
  std::size_t n_kv;
  std::size_t key_dim;
  std::size_t value_dim;
  std::size_t window = 0;
  bool causal = true;
  float softcap = 0;
  bool sinks = false;
  bool slopes = false;
  bool bias = false;
};

const Case kCases[] = {
    {1, 1, 1, 1, 1, 1},
    {5, 5, 2, 2, 7, 3},
    {300, 1, 4, 1, 64, 64},
    {300, 1, 8, 8, 80, 80},
    {1100, 1, 4, 2, 64, 64},
    {2100, 3, 8, 2, 40, 24},
    {530, 70, 4, 2, 64, 64},
    {530, 530, 3, 1, 20, 36},
    {700, 130, 4, 4, 128, 128, 100},
    {900, 2, 4, 2, 16, 16, 300},
    {200, 200, 4, 2, 32, 32, 64, false},
    {77, 77, 12, 12, 24, 24, 0, false},
    {300, 40, 4, 2, 48, 48, 0, true, 5.0f},
    {300, 33, 4, 2, 48, 48, 50, true, 0, true},
    {260, 1, 16, 1, 72, 64, 0, true, 0, true},
    {150, 31, 4, 4, 16, 16, 0, true, 0, false, true},
    {150, 150, 4, 4, 16, 16, 0, false, 0, false, true},
    {400, 37, 4, 4, 16, 16, 0, true, 0, false, false, true},
    {280, 280, 6, 6, 16, 16, 0, false, 0, false, false, true},
    {1000, 9, 16, 1, 576, 512},
    {300, 97, 1, 1, 8, 8},
    {400, 2, 3, 1, 33, 17},
};

struct Data {
  std::vector<float> q, k, v, sinks, slopes, bias;
};

std::vector<float> random_floats(std::size_t n, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> out(n);
  for (float& x : out)
    x = normal(engine);
  return out;
}

Data make_data(const Case& c) {
  Data d;
  d.q = random_floats(c.n_query * c.n_head * c.key_dim, 1);
  d.k = random_floats(c.n_key * c.n_kv * c.key_dim, 2);
  d.v = random_floats(c.n_key * c.n_kv * c.value_dim, 3);
  if (c.sinks) d.sinks = random_floats(c.n_head, 4);
  for (std::size_t h = 0; c.slopes && h < c.n_head; ++h)
    d.slopes.push_back(0.05f * static_cast<float>(h + 1));
  if (c.bias) d.bias = random_floats(32 * c.n_head, 5);
  return d;
}

nn::AttentionJob make_job(const Case& c, const Data& d) {
  nn::AttentionJob job;
  job.q = d.q;
  job.n_query = c.n_query;
  job.n_head = c.n_head;
  job.first = c.n_key - c.n_query;
  job.scale = 1.0f / std::sqrt(static_cast<float>(c.key_dim));
  job.softcap = c.softcap;
  job.window = c.window;
  job.causal = c.causal;
  job.sinks = d.sinks;
  job.slopes = d.slopes;
  job.bias.table = d.bias;
  job.bias.both_ways = !c.causal;
  return job;
}

bool sees(const Case& c, std::size_t at, std::size_t key) {
  const std::size_t far = at > key ? at - key : key - at;
  if (c.causal) return key <= at && (c.window == 0 || far < c.window);
  return c.window == 0 || far <= c.window / 2;
}

// As the cache keeps numbers.
std::vector<float> rounded(std::vector<float> x, std::size_t dim,
                           nn::CacheType type) {
  const auto half = [](float v) {
    return tensor::f16_to_f32(tensor::f32_to_f16(v));
  };
  if (type == nn::CacheType::kF16) {
    for (float& v : x)
      v = half(v);
  }
  for (std::size_t at = 0; type == nn::CacheType::kQ8 && at < x.size();
       at += dim) {
    float most = 0;
    for (std::size_t i = at; i < at + dim; ++i)
      most = std::max(most, std::abs(x[i]));
    const float scale = half(most / 127.0f);
    for (std::size_t i = at; i < at + dim; ++i) {
      const float code = std::nearbyint(x[i] * (1.0f / scale));
      x[i] = scale * std::clamp(code, -127.0f, 127.0f);
    }
  }
  return x;
}

std::vector<double> expected(const Case& c, const Data& d, nn::CacheType type) {
  const auto job = make_job(c, d);
  const auto k = rounded(d.k, c.key_dim, type);
  const auto v = rounded(d.v, c.value_dim, type);
  std::vector<double> out(c.n_query * c.n_head * c.value_dim);
  for (std::size_t i = 0; i < c.n_query; ++i) {
    for (std::size_t h = 0; h < c.n_head; ++h) {
      const std::size_t kv = h / (c.n_head / c.n_kv);
      const std::size_t at = job.first + i;
      double sum = 0;
      double* y = out.data() + (i * c.n_head + h) * c.value_dim;
      for (std::size_t j = 0; j < c.n_key; ++j) {
        if (!sees(c, at, j)) continue;
        const auto distance =
            static_cast<std::int64_t>(j) - static_cast<std::int64_t>(at);
        double s = 0;
        for (std::size_t e = 0; e < c.key_dim; ++e) {
          s += static_cast<double>(d.q[(i * c.n_head + h) * c.key_dim + e]) *
               k[(j * c.n_kv + kv) * c.key_dim + e];
        }
        s *= job.scale;
        if (c.softcap > 0) s = c.softcap * std::tanh(s / c.softcap);
        if (c.slopes)
          s -= d.slopes[h] * static_cast<double>(std::abs(distance));
        if (c.bias) {
          s += d.bias[nn::relative_bucket(job.bias, distance) * c.n_head + h];
        }
        const double p = std::exp(s);
        sum += p;
        for (std::size_t e = 0; e < c.value_dim; ++e)
          y[e] += p * v[(j * c.n_kv + kv) * c.value_dim + e];
      }
      if (c.sinks) sum += std::exp(static_cast<double>(d.sinks[h]));
      for (std::size_t e = 0; e < c.value_dim; ++e)
        y[e] /= sum;
    }
  }
  return out;
}

std::vector<float> computed(nn::Team& team, const Case& c, const Data& d,
                            nn::CacheType type) {
  nn::Workspace work;
  nn::KvCache cache({c.n_kv, c.key_dim, c.value_dim}, type,
                    c.causal ? c.window : 0, std::make_shared<nn::PageArena>());
  // What was before the queries comes first, in uneven pieces.
  std::size_t at = 0;
  while (at < c.n_key) {
    const std::size_t before = c.n_key - c.n_query;
    const std::size_t n =
        at < before ? std::min<std::size_t>(before - at, 101) : c.n_query;
    REQUIRE(cache.prepare(n).has_value());
    cache.append(team, n, std::span(d.k).subspan(at * c.n_kv * c.key_dim),
                 std::span(d.v).subspan(at * c.n_kv * c.value_dim));
    at += n;
  }
  std::vector<float> out(c.n_query * c.n_head * c.value_dim, NAN);
  auto job = make_job(c, d);
  job.cache = &cache;
  job.out = out;
  nn::attend(team, work, job);
  return out;
}

std::vector<tensor::Isa> isas() {
  std::vector<tensor::Isa> out;
  for (const auto isa :
       {tensor::Isa::kScalar, tensor::Isa::kAvx2, tensor::Isa::kAvx512}) {
    if (isa <= tensor::best_isa()) out.push_back(isa);
  }
  return out;
}

constexpr nn::CacheType kTypes[] = {nn::CacheType::kF32, nn::CacheType::kF16,
                                    nn::CacheType::kQ8};

}  // namespace

TEST_CASE("attention: what plain sums give, for all shapes and caches") {
  for (const Case& c : kCases) {
    const Data d = make_data(c);
    for (const auto type : kTypes) {
      const auto want = expected(c, d, type);
      double most = 0;
      for (const double v : want)
        most = std::max(most, std::abs(v));
      for (const auto isa : isas()) {
        nn::Team team(2, isa);
        const auto got = computed(team, c, d, type);
        double error = 0;
        for (std::size_t i = 0; i < want.size(); ++i) {
          const double e = std::abs(want[i] - got[i]);
          if (!(e <= error)) error = e;
        }
        CAPTURE(tensor::name(isa));
        CAPTURE(static_cast<int>(type));
        CAPTURE(c.n_key);
        CAPTURE(c.n_query);
        CAPTURE(c.key_dim);
        // Few queries meet bytes with sixteen bits themselves.
        CHECK(error <= (type == nn::CacheType::kQ8 ? 1e-4 : 1e-5) * most);
      }
    }
  }
}

TEST_CASE("attention: the same bits for any number of threads") {
  for (const Case& c : kCases) {
    const Data d = make_data(c);
    for (const auto isa : isas()) {
      nn::Team one(1, isa);
      nn::Team three(3, isa);
      for (const auto type : {nn::CacheType::kF16, nn::CacheType::kQ8})
        CHECK(computed(one, c, d, type) == computed(three, c, d, type));
    }
  }
}

// What one instruction set stored another may read: sessions move.
TEST_CASE("kv cache: the same bytes from every instruction set") {
  const nn::KvShape shape{2, 33, 17};
  const std::size_t n = 21;
  const auto keys = random_floats(n * shape.n_head * shape.key_dim, 1);
  const auto values = random_floats(n * shape.n_head * shape.value_dim, 2);
  for (const auto type : kTypes) {
    std::vector<std::byte> first;
    for (const auto isa : isas()) {
      nn::Team team(1, isa);
      nn::KvCache cache(shape, type, 0, std::make_shared<nn::PageArena>());
      REQUIRE(cache.prepare(n).has_value());
      std::byte* page = cache.pages()[0];
      std::fill_n(page, cache.layout().page_size, std::byte{0});
      cache.append(team, n, keys, values);
      const std::vector<std::byte> got(page, page + cache.layout().page_size);
      if (first.empty()) first = got;
      CAPTURE(tensor::name(isa));
      CAPTURE(static_cast<int>(type));
      CHECK(got == first);
    }
  }
}

TEST_CASE("attention: buckets of distances are T5's") {
  nn::RelativeBias both;
  both.both_ways = true;
  nn::RelativeBias back;
  // Recorded from transformers' T5Attention._relative_position_bucket.
  CHECK(nn::relative_bucket(both, 0) == 0);
  CHECK(nn::relative_bucket(both, 1) == 17);
  CHECK(nn::relative_bucket(both, -7) == 7);
  CHECK(nn::relative_bucket(both, -8) == 8);
  CHECK(nn::relative_bucket(both, -16) == 10);
  CHECK(nn::relative_bucket(both, 200) == 31);
  CHECK(nn::relative_bucket(back, 5) == 0);
  CHECK(nn::relative_bucket(back, -15) == 15);
  CHECK(nn::relative_bucket(back, -16) == 16);
  CHECK(nn::relative_bucket(back, -64) == 26);
  CHECK(nn::relative_bucket(back, -5000) == 31);
}

TEST_CASE("kv cache: a window gives its pages back and knows where it ends") {
  nn::Team team(1);
  const auto arena = std::make_shared<nn::PageArena>();
  nn::KvCache cache({2, 8, 8}, nn::CacheType::kF16, 100, arena);
  const auto rows = random_floats(2 * 8 * 64, 1);
  const std::size_t page = cache.layout().page_size;
  for (int i = 0; i < 40; ++i) {
    REQUIRE(cache.prepare(64).has_value());
    cache.append(team, 64, rows, rows);
    CHECK(arena->used() <= 2 * page);
  }
  CHECK(cache.n_token() == 2560);
  CHECK(cache.first() == 2304);
  CHECK(cache.can_truncate(2500));
  CHECK_FALSE(cache.truncate(2400));
  CHECK(cache.n_token() == 2560);
  CHECK(cache.truncate(2500));
  CHECK(cache.n_token() == 2500);
  CHECK(cache.truncate(0));
  CHECK(arena->used() == 0);
}

TEST_CASE("kv cache: a copy goes its own way") {
  nn::Team team(1);
  const auto arena = std::make_shared<nn::PageArena>();
  nn::KvCache cache({1, 8, 8}, nn::CacheType::kF32, 0, arena);
  const auto rows = random_floats(8 * 300, 1);
  REQUIRE(cache.prepare(300).has_value());
  cache.append(team, 300, rows, rows);
  auto copy = cache.copy(std::make_shared<nn::PageArena>());
  REQUIRE(copy.has_value());
  CHECK(std::equal(cache.pages()[1], cache.pages()[1] + 64, copy->pages()[1]));
  CHECK(cache.truncate(10));
  CHECK(copy->n_token() == 300);
}
