// The tensors of a model by their place in it, shapes checked. Large ones are
// views of what was loaded; what is one-dimensional is decoded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arch/hparams.h"
#include "arch/tensor_set.h"
#include "arch/traits.h"
#include "format/gguf.h"
#include "hug/byte_source.h"
#include "nn/matmul.h"

namespace hug::arch {

using Vector = std::vector<float>;

/// A matrix and its bias; either may be absent.
struct Linear {
  nn::Matrix w = {};
  Vector b = {};

  explicit operator bool() const noexcept { return !w.empty(); }
};

struct Norm {
  Vector w = {};
  Vector b = {};

  explicit operator bool() const noexcept { return !w.empty(); }
};

struct Layer {
  LayerKind kind = LayerKind::kAttention;
  std::size_t window = 0;  // 0: sees everything
  bool local_rope = false;
  bool rotates = true;
  bool parallel = false;

  Norm attn_norm = {}, attn_norm_2 = {}, q_norm = {}, k_norm = {};
  Norm post_attn_norm = {}, ffn_norm = {}, post_ffn_norm = {};
  Norm attn_out_norm = {}, layer_out_norm = {};  // BERT's
  Linear q = {}, k = {}, v = {}, qkv = {}, o = {};
  Vector sinks = {};
  // Latent attention.
  Linear q_a = {}, q_b = {}, kv_a = {}, k_b = {}, v_b = {};
  Norm q_a_norm = {}, kv_a_norm = {};
  Linear gate = {}, up = {}, down = {};
  // Experts: rows of all experts one after another.
  Linear router = {}, gate_exps = {}, up_exps = {}, down_exps = {};
  Vector expert_bias = {};  // of the choice alone
  Linear gate_shared = {}, up_shared = {}, down_shared = {};
  Linear shared_router = {};
  // Recurrent layers.
  Linear ssm_in = {}, ssm_x = {}, ssm_dt = {}, ssm_out = {};
  Vector ssm_a = {}, ssm_d = {}, conv = {}, conv_bias = {};
  Vector relative_bias = {};  // (n_bucket, n_head), T5's
};

struct EncoderHead;   // arch/head.h
struct DecoderStack;  // arch/encoder_decoder.h

struct Model {
  Hparams hparams = {};
  const Traits* traits = nullptr;
  nn::Activation activation = nn::Activation::kSilu;
  nn::RopeTable rope = {}, rope_local = {}, rope_long = {};
  float logit_factor = 1;  // of the output
  float attention_scale = 1;
  nn::Matrix embeddings = {};
  nn::Matrix positions = {};
  nn::Matrix token_types = {};
  Norm embd_norm = {};
  Norm output_norm = {};
  Linear output = {};
  std::vector<Layer> layers = {};
  std::size_t max_distance = 0;                      // T5
  std::shared_ptr<const EncoderHead> head = {};      // of encoders
  std::shared_ptr<const DecoderStack> decoder = {};  // of encoder-decoders
  std::shared_ptr<const TensorStore> store = {};     // keeps the views alive
  Traits own_traits = {};  // those of the table, as far as the tensors are so
};

/// Errors: kUnsupported for an architecture without a forward pass, kCorrupt
/// for tensors that are missing or of another shape than the keys say.
Result<std::shared_ptr<const Model>> load_model(const TensorSet& set);
/// The same for a gguf model in one file.
Result<std::shared_ptr<const Model>> load_model(const format::Gguf& gguf,
                                                ByteSourcePtr source);

}  // namespace hug::arch
