#include "nn/rows.h"

#include <algorithm>
#include <cmath>

#include "nn/float_kernels.h"

namespace hug::nn {

namespace {

// Elements that are worth a thread.
constexpr std::size_t kWorth = 8192;

std::size_t grain(std::size_t width) {
  return std::max<std::size_t>(kWorth / std::max<std::size_t>(width, 1), 1);
}

// A stretch of one long row, a multiple of 64 bytes.
constexpr std::size_t kPiece = 1024;

template <class F>
void pieces(Team& team, std::size_t n, const F& f) {
  const std::size_t count = (n + kPiece - 1) / kPiece;
  team.run(count, kWorth / kPiece, [&](std::size_t begin, std::size_t end) {
    f(begin * kPiece, std::min(end * kPiece, n) - begin * kPiece);
  });
}

}  // namespace

void norm_rows(Team& team, const NormWeights& norm, std::span<const float> x,
               std::size_t width, std::span<float> y) {
  const auto& kernels = float_kernels(team.isa());
  const std::size_t n = x.size() / width;
  const auto at = [&](std::span<const float> set, std::size_t row) {
    if (set.empty()) return static_cast<const float*>(nullptr);
    return set.data() + row * width % set.size();
  };
  team.run(n, grain(width), [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      const float* in = x.data() + r * width;
      float* out = y.data() + r * width;
      if (norm.centred) {
        kernels.layer_norm(in, at(norm.w, r), at(norm.b, r), norm.eps, width,
                           out);
      } else {
        kernels.rms_norm(in, at(norm.w, r), norm.eps, width, out);
      }
    }
  });
}

Turns make_turns(Team& team, Workspace& work, const RopeTable& table,
                 RopePairs pairs, std::size_t first, std::size_t n) {
  Turns out;
  const std::size_t half = table.step.size();
  if (pairs == RopePairs::kNone || half == 0) return out;
  const bool next = pairs == RopePairs::kNeighbours;
  out.pairs = pairs;
  out.n_rot = 2 * half;
  out.width = next ? 2 * half : half;
  const auto cos = work.take(n * out.width);
  const auto sin = work.take(n * out.width);
  team.run(n, 8, [&](std::size_t begin, std::size_t end) {
    for (std::size_t t = begin; t < end; ++t) {
      for (std::size_t i = 0; i < half; ++i) {
        const double angle =
            static_cast<double>(first + t) * static_cast<double>(table.step[i]);
        const auto c = static_cast<float>(std::cos(angle)) * table.magnitude;
        const auto s = static_cast<float>(std::sin(angle)) * table.magnitude;
        const std::size_t at = t * out.width + (next ? 2 * i : i);
        cos[at] = c;
        sin[at] = next ? -s : s;
        if (!next) continue;
        cos[at + 1] = c;
        sin[at + 1] = s;
      }
    }
  });
  out.cos = cos;
  out.sin = sin;
  return out;
}

void turn_heads(Team& team, const Turns& turns, std::span<float> x,
                std::size_t n_head, std::size_t head_dim, std::size_t offset) {
  if (turns.pairs == RopePairs::kNone) return;
  const auto& kernels = float_kernels(team.isa());
  const auto turn = turns.pairs == RopePairs::kHalves ? kernels.turn_halves
                                                      : kernels.turn_neighbours;
  const std::size_t row = n_head * head_dim;
  const std::size_t n = x.size() / row;
  team.run(n, grain(row), [&](std::size_t begin, std::size_t end) {
    for (std::size_t t = begin; t < end; ++t) {
      const float* cos = turns.cos.data() + t * turns.width;
      const float* sin = turns.sin.data() + t * turns.width;
      for (std::size_t h = 0; h < n_head; ++h)
        turn(x.data() + t * row + h * head_dim + offset, cos, sin, turns.width);
    }
  });
}

void activate(Team& team, Activation kind, std::span<const float> gate,
              std::span<float> y) {
  const auto act = float_kernels(team.isa()).activate;
  pieces(team, y.size(), [&](std::size_t at, std::size_t n) {
    act(kind, gate.empty() ? nullptr : gate.data() + at, y.data() + at, n);
  });
}

void activate_halves(Team& team, Activation kind, std::span<const float> x,
                     std::size_t width, std::span<float> y) {
  const auto act = float_kernels(team.isa()).activate;
  team.run(y.size() / width, grain(width),
           [&](std::size_t begin, std::size_t end) {
             for (std::size_t r = begin; r < end; ++r) {
               const float* in = x.data() + r * 2 * width;
               float* out = y.data() + r * width;
               std::copy_n(in + width, width, out);
               act(kind, in, out, width);
             }
           });
}

void clamped_glu(Team& team, std::span<const float> gate, std::span<float> y) {
  const auto act = float_kernels(team.isa()).clamped_glu;
  pieces(team, y.size(), [&](std::size_t at, std::size_t n) {
    act(gate.data() + at, y.data() + at, n);
  });
}

void softcap(Team& team, std::span<float> x, float cap) {
  const auto bend = float_kernels(team.isa()).softcap;
  pieces(team, x.size(),
         [&](std::size_t at, std::size_t n) { bend(x.data() + at, cap, n); });
}

void add(Team& team, std::span<float> x, std::span<const float> y,
         float factor) {
  const auto sum = float_kernels(team.isa()).add;
  pieces(team, x.size(), [&](std::size_t at, std::size_t n) {
    sum(x.data() + at, y.data() + at, factor, n);
  });
}

}  // namespace hug::nn
