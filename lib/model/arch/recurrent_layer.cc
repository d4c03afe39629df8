// Layers that remember in a state of fixed size: Mamba, and the short
// convolutions of LFM2.
#include <algorithm>
#include <cmath>

#include "arch/pass.h"
#include "nn/float_kernels.h"

namespace hug::arch {

namespace {

// Channels that are worth a thread, and lines that threads do not share.
constexpr std::size_t kChannels = 64;

// A causal convolution along time, one filter a channel. `state` holds the
// last k - 1 inputs of each channel and is brought up to date.
// Shapes: x (n, stride), of which the first `channels`; filter (channels, k).
Rows convolve(const Pass& p, ConstRows x, std::size_t stride,
              std::size_t channels, std::span<const float> filter,
              std::span<const float> bias, std::vector<float>& state) {
  const std::size_t past = filter.size() / channels - 1;
  const std::size_t n = p.n;
  const Rows y = p.take(n * channels);
  // Input of step t - past, from the state before the first token.
  const auto input = [&](std::size_t t, std::size_t c) {
    return t < past ? state[t * channels + c] : x[(t - past) * stride + c];
  };
  p.team.run(channels, kChannels, [&](std::size_t begin, std::size_t end) {
    for (std::size_t t = 0; t < n; ++t) {
      for (std::size_t c = begin; c < end; ++c) {
        float sum = bias.empty() ? 0.0f : bias[c];
        for (std::size_t j = 0; j <= past; ++j)
          sum += filter[c * (past + 1) + j] * input(t + j, c);
        y[t * channels + c] = sum;
      }
    }
    for (std::size_t j = 0; j < past; ++j) {
      for (std::size_t c = begin; c < end; ++c)
        state[j * channels + c] = input(n + j, c);
    }
  });
  return y;
}

}  // namespace

Rows short_conv(const Pass& p, const Layer& l, LayerState& state, ConstRows x) {
  const std::size_t d = p.m.embeddings.n_in;
  const Rows all = apply(p, l.ssm_in, x);  // (n, 3 d): b, c, x
  const auto gate = [&](Rows y, std::size_t part, const float* from,
                        std::size_t stride) {
    p.team.run(y.size() / d, 8, [&](std::size_t t, std::size_t end) {
      for (; t < end; ++t) {
        const float* other = all.data() + t * 3 * d + part * d;
        for (std::size_t i = 0; i < d; ++i)
          y[t * d + i] = from[t * stride + i] * other[i];
      }
    });
  };
  const Rows in = p.take(p.n * d);
  gate(in, 2, all.data(), 3 * d);
  const Rows y = convolve(p, in, d, d, l.conv, {}, state.conv);
  gate(y, 1, y.data(), d);
  return apply(p, l.ssm_out, y.subspan(p.wanted * d));
}

namespace {

// What the scan reads: steps, and b and c behind the low-rank part.
struct ScanInput {
  Rows u;    // (n, inner), after the convolution
  Rows dbc;  // (n, rank + 2 state)
  Rows dt;   // (n, inner)
};

ScanInput scan_input(const Pass& p, const Layer& l, Rows u) {
  const std::size_t rank = p.m.hparams.ssm_dt_rank;
  const std::size_t row = rank + 2 * p.m.hparams.ssm_state;
  ScanInput in;
  in.u = u;
  in.dbc = apply(p, l.ssm_x, u);
  const Rows low = p.take(p.n * rank);
  for (std::size_t t = 0; t < p.n; ++t)
    std::copy_n(in.dbc.data() + t * row, rank, low.data() + t * rank);
  in.dt = apply(p, l.ssm_dt, low);
  return in;
}

// Channels [begin, end) of all tokens; y (n, inner).
void scan_channels(const Pass& p, const Layer& l, const ScanInput& in,
                   LayerState& state, ConstRows xz, std::size_t begin,
                   std::size_t end, Rows y) {
  const auto& h = p.m.hparams;
  const std::size_t inner = h.ssm_inner;
  const auto& kernels = nn::float_kernels(p.team.isa());
  nn::ScanJob job;
  job.n_token = p.n;
  job.n_channel = end - begin;
  job.n_state = h.ssm_state;
  job.step = in.dt.data() + begin;
  job.x = in.u.data() + begin;
  job.y = y.data() + begin;
  job.stride = inner;
  job.bc_stride = h.ssm_dt_rank + 2 * h.ssm_state;
  job.b = in.dbc.data() + h.ssm_dt_rank;
  job.c = job.b + h.ssm_state;
  job.a = l.ssm_a.data() + begin * h.ssm_state;
  job.state = state.ssm.data() + begin * h.ssm_state;
  for (std::size_t t = 0; t < p.n; ++t) {
    for (std::size_t i = begin; i < end; ++i) {
      float& step = in.dt[t * inner + i];
      step = step > 20.0f ? step : std::log1p(std::exp(step));
    }
  }
  kernels.scan(job);
  for (std::size_t t = 0; t < p.n; ++t) {
    float* out = y.data() + t * inner;
    for (std::size_t i = begin; i < end; ++i)
      out[i] += l.ssm_d[i] * in.u[t * inner + i];
    kernels.activate(nn::Activation::kSilu,
                     xz.data() + t * 2 * inner + inner + begin, out + begin,
                     end - begin);
  }
}

}  // namespace

// The selective scan of Mamba, one token after another.
Rows mamba(const Pass& p, const Layer& l, LayerState& state, ConstRows x) {
  const std::size_t inner = p.m.hparams.ssm_inner;
  const Rows xz = apply(p, l.ssm_in, x);  // (n, 2 inner)
  const Rows u =
      convolve(p, xz, 2 * inner, inner, l.conv, l.conv_bias, state.conv);
  nn::activate(p.team, nn::Activation::kSilu, {}, u);
  const ScanInput in = scan_input(p, l, u);
  const Rows y = p.take(p.n * inner);
  p.team.run(inner, kChannels, [&](std::size_t begin, std::size_t end) {
    scan_channels(p, l, in, state, xz, begin, end, y);
  });
  return apply(p, l.ssm_out, y.subspan(p.wanted * inner));
}

}  // namespace hug::arch
