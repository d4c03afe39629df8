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
// widest there is, and most of a pass's memory.
constexpr std::size_t kMostRows = 256;

Rows dense_part(const Pass& p, const Linear& gate, const Linear& up,
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

}  // namespace

Rows dense(const Pass& p, const Linear& gate, const Linear& up,
           const Linear& down, ConstRows x) {
  const std::size_t most = kMostRows * p.m.embeddings.n_in;
  if (x.size() <= most) return dense_part(p, gate, up, down, x);
  const Rows out = p.take(x.size());
  for (std::size_t at = 0; at < x.size(); at += most) {
    const nn::Workspace::Scope scope(p.work);
    const std::size_t n = std::min(most, x.size() - at);
    const Rows y = dense_part(p, gate, up, down, x.subspan(at, n));
    std::copy(y.begin(), y.end(), out.data() + at);
  }
  return out;
}

Rows mlp(const Pass& p, const Layer& l, ConstRows x) {
  if (l.router) return experts(p, l, x);
  return dense(p, l.gate, l.up, l.down, x);
}

}  // namespace hug::arch
