#include <algorithm>

#include "arch/moe.h"
#include "arch/pass.h"

namespace hug::arch {

void gate_up(const Pass& p, ConstRows gate, Rows up) {
  if (p.m.traits->oai_glu) {
    nn::clamped_glu(p.team, gate, up);
  } else {
    nn::activate(p.team, p.m.activation, gate, up);
  }
}

namespace {

// Rows that go through an MLP together: what lies between its products is the
// widest there is.
constexpr std::size_t kMostRows = 128;

void apply_into(const Pass& p, const Linear& l, ConstRows x, Rows y) {
  const nn::Product product{l.w, l.b, y};
  nn::matmul(p.team, x, {&product, 1});
}

void dense_part(const Pass& p, const Linear& gate, const Linear& up,
                const Linear& down, ConstRows x, Rows y) {
  const nn::Workspace::Scope scope(p.work);
  const std::size_t ff = down.w.n_in;
  if (gate) {
    Map maps[] = {{gate}, {up}};
    apply(p, maps, x);
    gate_up(p, maps[0].y, maps[1].y);
    return apply_into(p, down, maps[1].y, y);
  }
  const Rows u = apply(p, up, x);
  if (up.w.n_out == ff) {
    gate_up(p, {}, u);
    return apply_into(p, down, u, y);
  }
  // Gate and up in one: first half, second half.
  const Rows joined = p.take(u.size() / 2);
  nn::activate_halves(p.team, p.m.activation, u, ff, joined);
  apply_into(p, down, joined, y);
}

}  // namespace

Rows dense(const Pass& p, const Linear& gate, const Linear& up,
           const Linear& down, ConstRows x) {
  const std::size_t d = p.m.embeddings.n_in;
  const std::size_t n = x.size() / d;
  const Rows out = p.take(x.size());
  for (std::size_t at = 0; at < n; at += kMostRows) {
    const std::size_t from = at * d;
    const std::size_t size = std::min(kMostRows, n - at) * d;
    dense_part(p, gate, up, down, x.subspan(from, size),
               out.subspan(from, size));
  }
  return out;
}

Rows mlp(const Pass& p, const Layer& l, ConstRows x) {
  if (l.router) return experts(p, l, x);
  return dense(p, l.gate, l.up, l.down, x);
}

}  // namespace hug::arch
