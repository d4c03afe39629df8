#include <algorithm>
#include <array>
#include <cmath>

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

Rows dense(const Pass& p, const Linear& gate, const Linear& up,
           const Linear& down, ConstRows x) {
  const std::size_t ff = down.w.n_in;
  if (gate) {
    Map maps[] = {{gate}, {up}};
    apply(p, maps, x);
    gate_up(p, maps[0].y, maps[1].y);
    return apply(p, down, maps[1].y);
  }
  const Rows u = apply(p, up, x);
  if (up.w.n_out == ff) {
    gate_up(p, {}, u);
    return apply(p, down, u);
  }
  // Gate and up in one: first half, second half.
  const Rows joined = p.take(u.size() / 2);
  nn::activate_halves(p.team, p.m.activation, u, ff, joined);
  return apply(p, down, joined);
}

Rows mlp(const Pass& p, const Layer& l, ConstRows x) {
  if (l.router) return experts(p, l, x);
  return dense(p, l.gate, l.up, l.down, x);
}

}  // namespace hug::arch
