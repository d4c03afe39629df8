#include "nn/matmul_reference.h"

#include <vector>

namespace hug::nn {

namespace {

// Eight partial sums, always added in the same order.
float dot(const float* a, const float* b, std::size_t n) {
  float s[8] = {};
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t k = 0; k < 8; ++k)
      s[k] += a[i + k] * b[i + k];
  }
  float tail = 0;
  for (; i < n; ++i)
    tail += a[i] * b[i];
  return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7])) +
         tail;
}

}  // namespace

void matmul_reference(Team& team, std::span<const float> x,
                      std::span<const Product> products) {
  for (const Product& p : products) {
    const Matrix& w = p.w;
    const std::size_t n_token = x.size() / w.n_in;
    constexpr std::size_t kRows = 8;
    team.run(w.n_out, kRows, [&](std::size_t begin, std::size_t end) {
      std::vector<float> decoded(w.n_in);
      for (std::size_t r = begin; r < end; ++r) {
        decode_row(w, r, decoded);
        const float bias = p.bias.empty() ? 0.0f : p.bias[r];
        for (std::size_t t = 0; t < n_token; ++t) {
          p.y[t * w.n_out + r] =
              dot(x.data() + t * w.n_in, decoded.data(), w.n_in) + bias;
        }
      }
    });
  }
}

}  // namespace hug::nn
