#include "nn/ops.h"

#include <algorithm>
#include <cmath>

namespace hug::nn {

void rms_norm(std::span<const float> x, std::span<const float> w, float eps,
              std::span<float> y) {
  double sum = 0;
  for (const float v : x)
    sum += static_cast<double>(v) * v;
  const auto scale =
      static_cast<float>(1.0 / std::sqrt(sum / static_cast<double>(x.size()) +
                                         static_cast<double>(eps)));
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = x[i] * scale * (w.empty() ? 1.0f : w[i]);
  }
}

void layer_norm(std::span<const float> x, std::span<const float> w,
                std::span<const float> b, float eps, std::span<float> y) {
  const auto n = static_cast<double>(x.size());
  double mean = 0;
  for (const float v : x)
    mean += static_cast<double>(v);
  mean /= n;
  double variance = 0;
  for (const float v : x) {
    const double d = static_cast<double>(v) - mean;
    variance += d * d;
  }
  const double scale = 1.0 / std::sqrt(variance / n + static_cast<double>(eps));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto v =
        static_cast<float>((static_cast<double>(x[i]) - mean) * scale);
    y[i] = v * (w.empty() ? 1.0f : w[i]) + (b.empty() ? 0.0f : b[i]);
  }
}

float activate(Activation kind, float x) {
  switch (kind) {
    case Activation::kSilu:
      return x / (1.0f + std::exp(-x));
    case Activation::kGeluTanh: {
      constexpr float kA = 0.79788456080286535588f;  // sqrt(2 / pi)
      return 0.5f * x * (1.0f + std::tanh(kA * x * (1.0f + 0.044715f * x * x)));
    }
    case Activation::kGeluErf:
      return 0.5f * x * (1.0f + std::erf(x * 0.70710678118654752440f));
    case Activation::kRelu:
      return std::max(x, 0.0f);
  }
  return x;
}

void softmax(std::span<float> x) {
  if (x.empty()) return;
  const float most = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (float& v : x) {
    v = std::exp(v - most);
    sum += static_cast<double>(v);
  }
  const auto scale = static_cast<float>(1.0 / sum);
  for (float& v : x)
    v *= scale;
}

void rotate(std::span<float> head, const RopeTable& table, RopePairs pairs,
            std::int64_t position) {
  const std::size_t half = table.step.size();
  if (pairs == RopePairs::kNone) return;
  for (std::size_t i = 0; i < half; ++i) {
    const double angle =
        static_cast<double>(position) * static_cast<double>(table.step[i]);
    const float c = static_cast<float>(std::cos(angle)) * table.magnitude;
    const float s = static_cast<float>(std::sin(angle)) * table.magnitude;
    const bool next = pairs == RopePairs::kNeighbours;
    float& a = head[next ? 2 * i : i];
    float& b = head[next ? 2 * i + 1 : i + half];
    const float x = a;
    a = x * c - b * s;
    b = x * s + b * c;
  }
}

}  // namespace hug::nn
