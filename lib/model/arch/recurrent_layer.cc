// Layers that remember in a state of fixed size: Mamba, and the short
// convolutions of LFM2.
#include <algorithm>
#include <cmath>

#include "arch/pass.h"

namespace hug::arch {

namespace {

// A causal convolution along time, one filter a channel. `state` holds the
// last k - 1 inputs of each channel and is brought up to date.
// Shapes: x (n, channels); filter (channels, k).
Vector convolve(std::span<const float> x, std::size_t channels,
                std::span<const float> filter, std::span<const float> bias,
                std::vector<float>& state) {
  const std::size_t k = filter.size() / channels;
  const std::size_t n = x.size() / channels;
  state.resize((k - 1) * channels);
  Vector history(state.begin(), state.end());
  history.insert(history.end(), x.begin(), x.end());
  Vector y(x.size());
  for (std::size_t t = 0; t < n; ++t) {
    for (std::size_t c = 0; c < channels; ++c) {
      float sum = bias.empty() ? 0.0f : bias[c];
      for (std::size_t j = 0; j < k; ++j) {
        sum += filter[c * k + j] * history[(t + j) * channels + c];
      }
      y[t * channels + c] = sum;
    }
  }
  std::copy(history.end() - static_cast<std::ptrdiff_t>(state.size()),
            history.end(), state.begin());
  return y;
}

}  // namespace

Vector short_conv(const Pass& p, const Layer& l, LayerState& state,
                  std::span<const float> x) {
  const std::size_t d = p.m.embeddings.n_in;
  const Vector all = apply(p, l.ssm_in, x);  // (n, 3 d): b, c, x
  Vector in(p.n * d);
  for (std::size_t t = 0; t < p.n; ++t) {
    for (std::size_t i = 0; i < d; ++i) {
      in[t * d + i] = all[t * 3 * d + i] * all[t * 3 * d + 2 * d + i];
    }
  }
  Vector y = convolve(in, d, l.conv, {}, state.conv);
  for (std::size_t t = 0; t < p.n; ++t) {
    for (std::size_t i = 0; i < d; ++i) {
      y[t * d + i] *= all[t * 3 * d + d + i];
    }
  }
  return apply(p, l.ssm_out, y);
}

// The selective scan of Mamba, one token after another.
Vector mamba(const Pass& p, const Layer& l, LayerState& state,
             std::span<const float> x) {
  const auto& h = p.m.hparams;
  const std::size_t inner = h.ssm_inner;
  const std::size_t n_state = h.ssm_state;
  const std::size_t rank = h.ssm_dt_rank;
  const Vector xz = apply(p, l.ssm_in, x);  // (n, 2 inner)
  Vector in(p.n * inner);
  for (std::size_t t = 0; t < p.n; ++t) {
    std::copy_n(xz.begin() + static_cast<std::ptrdiff_t>(t * 2 * inner), inner,
                in.begin() + static_cast<std::ptrdiff_t>(t * inner));
  }
  Vector u = convolve(in, inner, l.conv, l.conv_bias, state.conv);
  for (float& v : u)
    v = nn::activate(nn::Activation::kSilu, v);
  const Vector dbc = apply(p, l.ssm_x, u);  // (n, rank + 2 state)
  const std::size_t row = rank + 2 * n_state;
  Vector low(p.n * rank);
  for (std::size_t t = 0; t < p.n; ++t) {
    std::copy_n(dbc.begin() + static_cast<std::ptrdiff_t>(t * row), rank,
                low.begin() + static_cast<std::ptrdiff_t>(t * rank));
  }
  const Vector dt = apply(p, l.ssm_dt, low);  // (n, inner)
  state.ssm.resize(inner * n_state);
  Vector y(p.n * inner);
  for (std::size_t t = 0; t < p.n; ++t) {
    const float* b = dbc.data() + t * row + rank;
    const float* c = b + n_state;
    for (std::size_t i = 0; i < inner; ++i) {
      const float step = std::log1p(std::exp(dt[t * inner + i]));
      const float v = u[t * inner + i];
      float sum = 0;
      for (std::size_t s = 0; s < n_state; ++s) {
        float& memory = state.ssm[i * n_state + s];
        memory = memory * std::exp(step * l.ssm_a[i * n_state + s]) +
                 step * b[s] * v;
        sum += memory * c[s];
      }
      const float z = xz[t * 2 * inner + inner + i];
      y[t * inner + i] =
          (sum + l.ssm_d[i] * v) * nn::activate(nn::Activation::kSilu, z);
    }
  }
  return apply(p, l.ssm_out, y);
}

}  // namespace hug::arch
