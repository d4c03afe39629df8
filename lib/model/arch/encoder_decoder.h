// T5 and its kin: an encoder reads a text, a decoder writes another one, and
// looks at what the encoder made of the first.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "arch/forward.h"
#include "arch/tensor_reader.h"
#include "arch/weights.h"
#include "nn/attention.h"
#include "nn/workspace.h"

namespace hug::arch {

struct DecoderLayer {
  Layer self = {};
  Norm cross_norm = {};
  Linear cross_q = {}, cross_k = {}, cross_v = {}, cross_o = {};
};

struct DecoderStack {
  std::vector<DecoderLayer> layers = {};
  Norm output_norm = {};
};

/// Reads the tensors of both stacks into `model`, whose hyper-parameters are
/// there. Errors: kCorrupt.
Result<void> load_encoder_decoder(const TensorReader& tensors, Model& model);

/// What a decoder remembers: the encoder's text once and for all, and its own
/// tokens. Belongs to one thread at a time; model and workspace must outlive
/// it.
class DecoderState {
 public:
  /// A decoder that has written nothing yet. Shape: encoded (n_token, n_embd),
  /// what encode() gave. Errors: kUsage for a model without a decoder; kLimit
  /// when there is no memory left; kCancelled when the team was told to stop,
  /// as below.
  static Result<DecoderState> begin(const Model& model, nn::Team& team,
                                    nn::Workspace& work,
                                    std::span<const float> encoded);

  std::size_t n_token() const noexcept { return n_token_; }

  /// Forgets all tokens from n on.
  bool truncate(std::size_t n);

  /// Appends tokens. Errors: kUsage for ids the model does not have; kLimit.
  Result<Vector> decode(nn::Team& team, std::span<const std::int32_t> ids,
                        Want want);

 private:
  DecoderState(const Model& model, nn::Workspace& work)
      : model_(&model), work_(&work) {}

  Result<Vector> run(nn::Team& team, std::span<const std::int32_t> ids,
                     Want want);

  const Model* model_;
  nn::Workspace* work_;
  std::shared_ptr<nn::PageArena> arena_ = std::make_shared<nn::PageArena>();
  std::vector<nn::KvCache> cross_ = {};  // a layer
  std::vector<nn::KvCache> self_ = {};
  std::size_t n_token_ = 0;
};

/// What a layer adds to its scores; layers without a table use that of the
/// first of their stack.
nn::RelativeBias relative_bias(const Model& model, std::span<const Layer> stack,
                               const Layer& layer, bool both_ways);

}  // namespace hug::arch
