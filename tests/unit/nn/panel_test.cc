// Panel kernels against products in f64 of the same weights and of columns
// rounded as the kernels round them: what is left is the rounding of f32 sums.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "nn/kernels.h"
#include "unit/nn/product_data.h"

namespace {

using namespace hug::nn;
using namespace hug::nn::test;
using hug::tensor::DType;
using hug::tensor::Isa;

// Columns as the kernel of the type sees them.
std::vector<double> seen(const std::vector<float>& x, DType type,
                         const PanelKernel* kernel, Isa isa) {
  if (kernel == find_panel_kernel(DType::kI8, isa) || type == DType::kF32 ||
      type == DType::kF16) {
    return {x.begin(), x.end()};
  }
  if (type == DType::kBf16) {
    const bool pairs =
        kernel->prepare != find_panel_kernel(DType::kF32, isa)->prepare;
    std::vector<double> out(x.begin(), x.end());
    for (double& v : out) {
      const auto f = static_cast<float>(v);
      if (pairs) v = hug::tensor::bf16_to_f32(hug::tensor::f32_to_bf16(f));
    }
    return out;
  }
  return rounded(x, hug::tensor::info(type).block == 256 ? 256 : 32);
}

void decode(DType type, const std::uint8_t* blocks, std::size_t bytes,
            float* out, std::size_t n) {
  REQUIRE(hug::tensor::decode_rows(
      type, {reinterpret_cast<const std::byte*>(blocks), bytes}, {out, n}));
}

// Prepares group by group and multiplies in two ranges of groups, so that all
// ways to split the work are gone.
std::vector<float> multiply(const PanelKernel& kernel, const Matrix& w,
                            const std::vector<float>& x, std::size_t n,
                            const std::vector<float>& bias) {
  const std::size_t groups = (n + kernel.group - 1) / kernel.group;
  Aligned columns(kernel.columns_size(w.n_in, n));
  for (std::size_t g = 0; g < groups; ++g)
    kernel.prepare({x.data(), w.n_in, n, g, g + 1, columns.at});
  Aligned scratch(kernel.scratch_size(w.n_in, groups));
  const auto& info = hug::tensor::info(w.type);
  std::vector<float> y(n * w.n_out, NAN);
  for (std::size_t row = 0; row < w.n_out; row += kernel.rows) {
    PanelJob job;
    job.row_size = w.row_size();
    job.rows = reinterpret_cast<const std::uint8_t*>(w.bytes.data()) +
               row * job.row_size;
    job.n_row = std::min(kernel.rows, w.n_out - row);
    job.n_in = w.n_in;
    job.columns = columns.at;
    job.n_column = n;
    job.scratch = scratch.at;
    job.bias = bias.empty() ? nullptr : bias.data() + row;
    job.y = y.data() + row;
    job.y_stride = w.n_out;
    job.decode = decode;
    job.type = w.type;
    job.block = info.block;
    job.block_size = info.bytes;
    job.begin = 0;
    job.end = groups / 2;
    if (job.end > 0) kernel.multiply(job);
    job.begin = job.end;
    job.end = groups;
    kernel.multiply(job);
  }
  return y;
}

void check(const Weights& weights, Isa isa, const std::vector<float>& x,
           bool with_bias) {
  const Matrix w = weights.matrix();
  const std::size_t n = x.size() / w.n_in;
  CAPTURE(std::string(hug::tensor::name(w.type)));
  CAPTURE(std::string(hug::tensor::name(isa)));
  CAPTURE(n);
  CAPTURE(w.n_in);
  CAPTURE(w.n_out);
  const PanelKernel* kernel = find_panel_kernel(w.type, isa);
  REQUIRE(kernel != nullptr);
  std::vector<float> bias;
  for (std::size_t r = 0; with_bias && r < w.n_out; ++r)
    bias.push_back(static_cast<float>(r) * 0.5F);
  const auto y = multiply(*kernel, w, x, n, bias);
  const auto columns = seen(x, w.type, kernel, isa);
  for (std::size_t c = 0; c < n; ++c) {
    for (std::size_t r = 0; r < w.n_out; ++r) {
      Exact exact = exact_product(weights.values().data() + r * w.n_in,
                                  columns.data() + c * w.n_in, w.n_in);
      if (with_bias) exact.value += static_cast<double>(bias[r]);
      const double error =
          std::fabs(static_cast<double>(y[c * w.n_out + r]) - exact.value);
      const double bound =
          1e-5 * exact.magnitude + 1e-6 * std::fabs(exact.value);
      if (!(error <= bound)) {
        CAPTURE(r);
        CAPTURE(c);
        CHECK(y[c * w.n_out + r] == doctest::Approx(exact.value));
        return;  // one failure a product is enough
      }
    }
  }
}

}  // namespace

TEST_CASE("panels give what f64 gives of rounded columns") {
  for (const Isa isa : vector_sets()) {
    for (const DType type : weight_types()) {
      const std::size_t block = hug::tensor::info(type).block;
      const std::size_t odd = block == 1 ? 77 : block;
      const Weights small(type, 37, odd, 1U);
      for (std::size_t n = 1; n <= 20; ++n)
        check(small, isa, make_columns(n, odd, 2), false);
      // Longer than what is unpacked at once; two strips and a bit.
      const std::size_t deep = block == 1 ? 1061 : 2048 + 3 * block;
      const Weights large(type, 150, deep, 3U);
      for (const std::size_t n : {9U, 40U})
        check(large, isa, make_columns(n, deep, 4), n == 40);
      const Weights one(type, 1, 2 * odd, 5U);
      check(one, isa, make_columns(11, 2 * odd, 6), true);
    }
  }
}

TEST_CASE("panels stay right where 16 bits are almost full") {
  for (const Isa isa : vector_sets()) {
    for (const DType type : weight_types()) {
      if (!hug::tensor::info(type).quantized()) continue;
      const std::size_t n_in = 512;
      // The same sign everywhere, alternating ones, alternating pairs.
      std::vector<float> x(12 * n_in);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t pattern = i / n_in % 4;
        const bool minus = pattern == 1 || (pattern == 2 && i % 2 == 1) ||
                           (pattern == 3 && i / 2 % 2 == 1);
        x[i] = minus ? -3.0F : 3.0F;
      }
      for (const int fill : {0x00, 0x7f, 0x80, 0x81, 0xff, 0x0f, 0xf0, 0x55}) {
        const Weights w(type, 17, n_in, static_cast<std::uint8_t>(fill));
        CAPTURE(fill);
        check(w, isa, x, false);
      }
    }
  }
}

TEST_CASE("columns of zeros and of tiny values give zeros and no trouble") {
  for (const Isa isa : vector_sets()) {
    for (const DType type :
         {DType::kQ4K, DType::kQ6K, DType::kQ8_0, DType::kQ4_0, DType::kQ4_1}) {
      const Weights w(type, 16, 256, 7U);
      for (const float v : {0.0F, -0.0F, 1e-38F, 1e-42F}) {
        const std::vector<float> x(9 * 256, v);
        const PanelKernel* kernel = find_panel_kernel(type, isa);
        for (const float y : multiply(*kernel, w.matrix(), x, 9, {}))
          CHECK(std::fabs(y) < 1e-30F);
      }
    }
  }
}
