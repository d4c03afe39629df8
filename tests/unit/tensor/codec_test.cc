// Codecs without the reference at hand: instruction sets agree bit for bit,
// what was encoded is near what comes back, blocks made by hand decode to what
// their layout says.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "support/clause.h"
#include "tensor/tensor.h"

namespace {

using hug::tensor::DType;
using hug::tensor::Isa;

constexpr std::size_t kWidth = 768;  // three super-blocks: an odd tail

std::vector<float> make_rows(int kind, std::size_t n_row) {
  std::mt19937 rng(static_cast<unsigned>(kind));
  std::normal_distribution<float> normal;
  std::vector<float> x(n_row * kWidth);
  for (std::size_t i = 0; i < x.size(); i++) {
    x[i] = normal(rng);
    if (kind == 1) x[i] = -std::fabs(x[i]) - 3.0F;
    if (kind == 2 && i / 32 % 3 == 0) x[i] = 0.0F;
    if (kind == 3)
      x[i] *= std::pow(10.0F, static_cast<float>(i / 32 % 20) - 15);
    if (kind == 4) x[i] = std::round(x[i]);
    if (kind == 5 && i % 97 == 0) x[i] *= 1000.0F;
  }
  return x;
}

std::vector<std::byte> encode(DType type, const std::vector<float>& x,
                              const std::vector<float>& importance, Isa isa) {
  const auto bytes = hug::tensor::tensor_bytes(type, kWidth, x.size() / kWidth);
  REQUIRE(bytes);
  std::vector<std::byte> out(*bytes);
  REQUIRE(hug::tensor::encode_rows(type, x, kWidth, importance, out, isa));
  return out;
}

std::vector<float> decode(DType type, const std::vector<std::byte>& blocks,
                          std::size_t n, Isa isa) {
  std::vector<float> out(n);
  REQUIRE(hug::tensor::decode_rows(type, blocks, out, isa));
  return out;
}

std::vector<Isa> isas() {
  std::vector<Isa> out = {Isa::kScalar};
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512})
    if (isa <= hug::tensor::best_isa()) out.push_back(isa);
  return out;
}

double relative_error(const std::vector<float>& a,
                      const std::vector<float>& b) {
  double error = 0;
  double power = 0;
  for (std::size_t i = 0; i < a.size(); i++) {
    error += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
    power += std::pow(static_cast<double>(a[i]), 2);
  }
  return std::sqrt(error / power);
}

}  // namespace

TEST_CASE("encoders: the instruction sets give the same bytes") {
  std::vector<float> importance(kWidth);
  for (std::size_t i = 0; i < kWidth; i++)
    importance[i] = static_cast<float>((i * 37) % 101) / 50.0F;
  for (const auto& t : hug::tensor::all_dtypes()) {
    if (!hug::tensor::can_encode(t.type)) continue;
    for (int kind = 0; kind < 6; kind++)
      for (const auto& matrix : {std::vector<float>(), importance}) {
        const auto x = make_rows(kind, 3);
        const auto want = encode(t.type, x, matrix, Isa::kScalar);
        for (const Isa isa : isas())
          CHECK_MESSAGE(encode(t.type, x, matrix, isa) == want,
                        t.name << " " << hug::tensor::name(isa) << " " << kind);
        // Any split by rows gives the same bytes.
        const std::vector<float> last(x.end() - kWidth, x.end());
        const auto part = encode(t.type, last, matrix, hug::tensor::best_isa());
        CHECK(std::memcmp(part.data(), want.data() + want.size() - part.size(),
                          part.size()) == 0);
      }
  }
}

TEST_CASE("decoders: the instruction sets give the same floats") {
  std::mt19937 rng(3);
  for (const auto& t : hug::tensor::all_dtypes()) {
    if (!t.quantized()) continue;
    std::vector<std::byte> blocks(60 * t.bytes);
    for (auto& b : blocks)
      b = static_cast<std::byte>(rng());
    const auto want = decode(t.type, blocks, 60 * t.block, Isa::kScalar);
    for (const Isa isa : isas()) {
      const auto got = decode(t.type, blocks, 60 * t.block, isa);
      for (std::size_t i = 0; i < got.size(); i++)
        CHECK(
            (got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i]))));
    }
  }
}

TEST_CASE("codecs: a round trip stays near") {
  struct Bound {
    DType type;
    double error;
  };

  const auto x = make_rows(0, 8);
  for (const Bound b : {Bound{DType::kF32, 0.0},
                        {DType::kF16, 3e-4},
                        {DType::kBf16, 2e-3},
                        {DType::kQ8_0, 0.006},
                        {DType::kQ6K, 0.02},
                        {DType::kQ5K, 0.04},
                        {DType::kQ5_1, 0.05},
                        {DType::kQ5_0, 0.06},
                        {DType::kQ4K, 0.08},
                        {DType::kIq4Nl, 0.09},
                        {DType::kIq4Xs, 0.09},
                        {DType::kQ4_1, 0.1},
                        {DType::kQ4_0, 0.12},
                        {DType::kMxfp4, 0.15},
                        {DType::kNvfp4, 0.12},
                        {DType::kQ3K, 0.17},
                        {DType::kQ2K, 0.33}}) {
    const auto blocks = encode(b.type, x, {}, hug::tensor::best_isa());
    const auto back = decode(b.type, blocks, x.size(), hug::tensor::best_isa());
    CHECK_MESSAGE(relative_error(x, back) <= b.error,
                  hug::tensor::name(b.type));
    CHECK(hug::tensor::validate_rows(b.type, blocks));
  }
  // Exactly representable: ternary values survive ternary types.
  std::vector<float> ternary(kWidth);
  for (std::size_t i = 0; i < kWidth; i++)
    ternary[i] = static_cast<float>(static_cast<int>(i * 7 % 3) - 1) * 0.5F;
  for (const DType type : {DType::kTq1_0, DType::kTq2_0, DType::kQ2_0})
    CHECK(decode(type, encode(type, ternary, {}, Isa::kScalar), kWidth,
                 Isa::kScalar) == ternary);
}

TEST_CASE("decoders: integers and small floats of safetensors") {
  const std::vector<std::byte> bytes = {std::byte{0x12}, std::byte{0xf7},
                                        std::byte{0x80}};
  std::vector<float> out(3);
  REQUIRE(hug::tensor::decode_rows(DType::kI8, bytes, out));
  CHECK(out == std::vector<float>{18, -9, -128});
  REQUIRE(hug::tensor::decode_rows(DType::kU8, bytes, out));
  CHECK(out == std::vector<float>{18, 247, 128});
  out.resize(6);
  REQUIRE(hug::tensor::decode_rows(DType::kF4, bytes, out));
  CHECK(out == std::vector<float>{1, 0.5, 6, -6, 0, -0.0F});
  out.resize(4);
  REQUIRE(hug::tensor::decode_rows(DType::kF6E2M3, bytes, out));
  CHECK(out[0] == 2.5F);  // 0x12: exponent 2, fraction 2
  CHECK_FALSE(hug::tensor::decode_rows(DType::kC64, std::vector<std::byte>(8),
                                       std::span(out).first(1)));
}

TEST_CASE("codecs: wrong sizes and types are errors") {
  std::vector<float> x(kWidth);
  std::vector<std::byte> out(kWidth * 4);
  using hug::tensor::encode_rows;
  CHECK_FALSE(encode_rows(DType::kQ4K, x, kWidth, {}, out));
  CHECK_FALSE(encode_rows(DType::kF32, x, 0, {}, out));
  CHECK_FALSE(encode_rows(DType::kF32, x, 100, {}, out));
  CHECK_FALSE(encode_rows(DType::kF32, x, kWidth, std::span(x).first(5), out));
  CHECK_FALSE(hug::tensor::decode_rows(DType::kQ4K, out, x));
  const auto refused = hug::tensor::check_encodable(DType::kIq3S);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == hug::Code::kUnsupported);
  CHECK(refused.error().hint().find("q3_K") != std::string::npos);
  for (const auto& row : hug::tensor::all_dtypes()) {
    const auto may = hug::tensor::check_encodable(row.type);
    CHECK((may || hug::test::is_clause(may.error().hint())));
  }
}

TEST_CASE("validation: what must be finite") {
  using hug::tensor::validate_rows;
  std::vector<std::byte> zero(256);
  for (const auto& t : hug::tensor::all_dtypes()) {
    if (!t.in_gguf() || t.type == DType::kQ8_1) continue;
    CHECK(validate_rows(t.type,
                        std::span(zero).first(t.bytes <= 256 ? t.bytes : 0)));
  }
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<std::byte> f32(8);
  std::memcpy(f32.data() + 4, &inf, 4);
  const auto bad = validate_rows(DType::kF32, f32);
  REQUIRE_FALSE(bad);
  CHECK(bad.error().message() == "element 1 is not finite");
  const auto put_inf = [&](DType type, std::size_t at) {
    std::vector<std::byte> block(hug::tensor::info(type).bytes);
    block[at] = std::byte{0x00};
    block[at + 1] = std::byte{0x7c};
    return validate_rows(type, block).has_value();
  };
  CHECK_FALSE(put_inf(DType::kQ4_0, 0));
  CHECK_FALSE(put_inf(DType::kQ4K, 2));
  CHECK_FALSE(put_inf(DType::kQ2K, 80));
  CHECK_FALSE(put_inf(DType::kQ2K, 82));
  CHECK_FALSE(put_inf(DType::kQ3K, 108));
  CHECK_FALSE(put_inf(DType::kQ6K, 208));
  CHECK(put_inf(DType::kQ6K, 100));
  CHECK_FALSE(put_inf(DType::kTq1_0, 52));
  std::vector<std::byte> mx(17);
  mx[0] = std::byte{0xff};
  CHECK_FALSE(validate_rows(DType::kMxfp4, mx));
  CHECK_FALSE(validate_rows(DType::kQ4_0, std::span(mx).first(17)));
  CHECK_FALSE(validate_rows(DType::kQ8_1, {}));
}
