#include "unit/nn/product_data.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "tensor/kernels/blocks.h"

namespace hug::nn::test {

namespace {

using tensor::DType;

void must(const Result<void>& result) {
  if (!result) throw std::logic_error("test data of a wrong size");
}

void put_half(std::byte* at, float value) {
  const std::uint16_t bits = tensor::f32_to_f16(value);
  std::memcpy(at, &bits, sizeof bits);
}

// Where the f16 of a block are; others have none.
std::vector<std::size_t> halves(DType type) {
  switch (type) {
    case DType::kQ4_1:
    case DType::kQ5_1:
    case DType::kQ8_1:
    case DType::kQ4K:
    case DType::kQ5K:
      return {0, 2};
    case DType::kQ2K:
      return {offsetof(tensor::BlockQ2K, d), offsetof(tensor::BlockQ2K, dmin)};
    case DType::kQ3K:
      return {offsetof(tensor::BlockQ3K, d)};
    case DType::kQ6K:
      return {offsetof(tensor::BlockQ6K, d)};
    case DType::kTq1_0:
      return {offsetof(tensor::BlockTq1_0, d)};
    case DType::kTq2_0:
      return {offsetof(tensor::BlockTq2_0, d)};
    case DType::kMxfp4:
    case DType::kNvfp4:
    case DType::kIq1M:
    case DType::kQ8K:
      return {};
    default:
      return {0};
  }
}

// Scales that are no f16.
void put_scale(DType type, std::byte* block, float value) {
  if (type == DType::kMxfp4) {
    block[0] = static_cast<std::byte>(115 + std::abs(value) * 100);
  } else if (type == DType::kNvfp4) {
    for (std::size_t i = 0; i < 4; ++i)
      block[i] = static_cast<std::byte>(0x30 + i);
  } else if (type == DType::kIq1M) {
    const std::uint16_t bits = tensor::f32_to_f16(value);
    auto* const scales = block + offsetof(tensor::BlockIq1M, scales);
    for (std::size_t i = 0; i < 4; ++i) {
      std::byte& b = scales[2 * i + 1];
      b = (b & std::byte{0x0f}) |
          static_cast<std::byte>(((bits >> (4 * i)) & 15) << 4);
    }
  } else if (type == DType::kQ8K) {
    std::memcpy(block, &value, sizeof value);
  }
}

}  // namespace

Weights::Weights(DType type, std::size_t n_out, std::size_t n_in, unsigned seed)
    : type_(type), n_out_(n_out), n_in_(n_in) {
  bytes_.resize(tensor::row_bytes(type, n_in).value() * n_out);
  std::mt19937 rng(seed);
  for (std::byte& b : bytes_)
    b = static_cast<std::byte>(rng());
  finish(rng);
}

Weights::Weights(DType type, std::size_t n_out, std::size_t n_in,
                 std::uint8_t fill)
    : type_(type), n_out_(n_out), n_in_(n_in) {
  bytes_.assign(tensor::row_bytes(type, n_in).value() * n_out,
                static_cast<std::byte>(fill));
  std::mt19937 rng(fill);
  finish(rng);
}

void Weights::finish(std::mt19937& rng) {
  std::normal_distribution<float> normal(0.0F, 0.05F);
  const tensor::DTypeInfo& info = tensor::info(type_);
  values_.resize(n_out_ * n_in_);
  if (!info.quantized()) {
    for (float& v : values_)
      v = normal(rng);
    must(tensor::encode_rows(type_, values_, n_in_, {}, bytes_));
  }
  for (std::size_t at = 0; info.quantized() && at < bytes_.size();
       at += info.bytes) {
    for (const std::size_t half : halves(type_))
      put_half(&bytes_[at + half], normal(rng));
    put_scale(type_, &bytes_[at], normal(rng));
  }
  must(tensor::decode_rows(type_, bytes_, values_));
}

std::vector<float> make_columns(std::size_t n, std::size_t n_in, unsigned seed,
                                float peak) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(n * n_in);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = normal(rng) * (i % 97 == 0 ? peak : 1.0F);
  return x;
}

std::vector<double> rounded(const std::vector<float>& x, std::size_t block) {
  std::vector<double> out(x.size());
  for (std::size_t i = 0; i < x.size(); i += block) {
    float most = 0;
    for (std::size_t j = i; j < i + block; ++j)
      most = std::max(most, std::fabs(x[j]));
    const float scale = most > 0 ? 127.0F / most : 0.0F;
    for (std::size_t j = i; j < i + block; ++j)
      out[j] = static_cast<double>(std::nearbyint(x[j] * scale)) *
               static_cast<double>(most / 127.0F);
  }
  return out;
}

Exact exact_product(const float* w, const double* x, std::size_t n) {
  Exact sum;
  for (std::size_t i = 0; i < n; ++i) {
    const double product = static_cast<double>(w[i]) * x[i];
    sum.value += product;
    sum.magnitude += std::fabs(product);
  }
  return sum;
}

std::vector<DType> weight_types() {
  std::vector<DType> types;
  for (const tensor::DTypeInfo& info : tensor::all_dtypes()) {
    const bool plain = info.type == DType::kF32 || info.type == DType::kF16 ||
                       info.type == DType::kBf16;
    if (info.in_gguf() && (plain || info.quantized())) {
      types.push_back(info.type);
    }
  }
  return types;
}

std::vector<tensor::Isa> vector_sets() {
  std::vector<tensor::Isa> sets;
  for (const auto isa : {tensor::Isa::kAvx2, tensor::Isa::kAvx512})
    if (isa <= tensor::best_isa()) sets.push_back(isa);
  return sets;
}

}  // namespace hug::nn::test
