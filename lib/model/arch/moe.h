// Mixtures of experts: which experts a token goes to, and their sum.
#pragma once

#include "arch/pass.h"

namespace hug::arch {

/// act(gate) * up, or act(up) without a gate. In place of `up`.
void gate_up(const Pass& p, ConstRows gate, Rows up);
/// An MLP without experts. Shape: (rows, n_embd) to (rows, n_embd).
Rows dense(const Pass& p, const Linear& gate, const Linear& up,
           const Linear& down, ConstRows x);
Rows experts(const Pass& p, const Layer& l, ConstRows x);

}  // namespace hug::arch
