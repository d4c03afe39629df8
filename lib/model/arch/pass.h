// The inside of a forward pass: what its steps share.
#pragma once

#include <span>

#include "arch/forward.h"
#include "nn/attention.h"
#include "nn/rows.h"
#include "nn/workspace.h"

namespace hug::arch {

/// Rows of floats in the pass's workspace, until the Scope around ends.
using Rows = std::span<float>;
using ConstRows = std::span<const float>;

/// One chunk of forward(). Rows are tokens.
struct Pass {
  const Model& m;
  nn::Team& team;
  nn::Workspace& work;
  std::size_t n = 0;      // tokens of this chunk
  std::size_t first = 0;  // position of the first
  /// The first token whose result the current layer must give. All tokens
  /// leave their mark on the layer's state.
  std::size_t wanted = 0;
  nn::Turns turns = {}, turns_local = {};  // of the chunk's positions

  Rows take(std::size_t size) const { return work.take(size); }
};

/// Several linear maps of one input, in one go. Shapes: x (rows, n_in);
/// results (rows, n_out) each.
struct Map {
  const Linear& linear;
  Rows y = {};
  std::size_t begin = 0;  // rows [begin, begin + count) of the matrix
  std::size_t count = 0;  // 0: all
};

void apply(const Pass& p, std::span<Map> maps, ConstRows x);
/// y = x w^T + b. Shape: x (rows, n_in); result (rows, n_out).
Rows apply(const Pass& p, const Linear& l, ConstRows x);
/// The model's kind of norm over each row of `width` elements; into a new
/// place, or in place.
Rows apply(const Pass& p, const Norm& norm, ConstRows x, std::size_t width);
void apply_in_place(const Pass& p, const Norm& norm, Rows x, std::size_t width);
/// x += y * factor.
void add(const Pass& p, Rows x, ConstRows y, float factor = 1);

struct Qkv {
  Rows q;  // from p.wanted on
  Rows k;
  Rows v;
};

/// Queries, keys and values of an attention layer, in one product where all
/// rows are wanted.
Qkv project(const Pass& p, const Layer& l, std::size_t n_head, std::size_t n_kv,
            ConstRows x);

/// What mixes tokens: (n, n_embd) to (n - wanted, n_embd).
Rows attention(const Pass& p, const Layer& l, std::size_t index,
               LayerState& state, ConstRows x);
Rows latent_attention(const Pass& p, const Layer& l, std::size_t index,
                      LayerState& state, ConstRows x);
Rows mamba(const Pass& p, const Layer& l, LayerState& state, ConstRows x);
Rows short_conv(const Pass& p, const Layer& l, LayerState& state, ConstRows x);
/// (rows, n_embd) to (rows, n_embd).
Rows mlp(const Pass& p, const Layer& l, ConstRows x);

/// Turns of a layer's heads.
inline const nn::Turns& turns_of_layer(const Pass& p, const Layer& l) {
  return l.local_rope ? p.turns_local : p.turns;
}

}  // namespace hug::arch
