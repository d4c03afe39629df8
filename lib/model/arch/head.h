// What stands behind an encoder: a head that guesses masked words or scores
// labels, and the pooler.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "arch/tensor_reader.h"
#include "arch/weights.h"
#include "hug/result.h"
#include "nn/team.h"
#include "nn/workspace.h"

namespace hug::arch {

enum class HeadKind : std::uint8_t { kNone, kMask, kLabels };

struct EncoderHead {
  HeadKind kind = HeadKind::kNone;
  Linear dense = {};      // may be absent, as may the norm
  bool has_tanh = false;  // behind dense; else `activation`
  nn::Activation activation = nn::Activation::kGeluErf;
  Norm norm = {};
  Linear output = {};
  Linear pooler = {};  // tanh behind it
  std::vector<std::string> labels = {};
  bool independent = false;          // each label has a probability of its own
  std::vector<Vector> storage = {};  // of matrices that the keys hold
};

/// Reads the head of an encoder. Errors: kCorrupt.
Result<void> load_head(const TensorReader& tensors, Model& model);

/// What the head gives. Shapes: x (rows, n_embd): tokens for kMask, the first
/// tokens of texts for kLabels; result (rows, n_vocab or labels).
Vector run_head(const Model& model, nn::Team& team, nn::Workspace& work,
                std::span<const float> x);
/// tanh(dense(x)) of the first tokens of texts; empty without a pooler.
Vector run_pooler(const Model& model, nn::Team& team, nn::Workspace& work,
                  std::span<const float> x);

}  // namespace hug::arch
