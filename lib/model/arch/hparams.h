// Hyper-parameters of a gguf file, typed and checked, with the reference
// loader's defaults.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::arch {

inline constexpr std::uint64_t kMaxLayers = 512;

enum class RopeScaling : std::uint8_t { kNone, kLinear, kYarn, kLongrope };
enum class Pooling : std::uint8_t { kNone, kMean, kCls, kLast, kRank };

struct Hparams {
  std::string arch = {};
  std::uint64_t n_layer = 0;
  std::uint64_t n_ctx_train = 0;
  std::uint64_t n_embd = 0;
  std::uint64_t n_vocab = 0;
  std::vector<std::uint64_t> n_head = {};     // a layer
  std::vector<std::uint64_t> n_head_kv = {};  // a layer
  std::vector<std::uint64_t> n_ff = {};       // a layer
  std::uint64_t key_length = 0;
  std::uint64_t value_length = 0;
  std::uint64_t key_length_mla = 0;  // 0: not latent attention
  std::uint64_t value_length_mla = 0;
  std::uint64_t q_lora_rank = 0;
  std::uint64_t kv_lora_rank = 0;
  float norm_eps = 0;      // LayerNorm; 0 when the file has none
  float rms_norm_eps = 0;  // RMSNorm; 0 when the file has none
  bool causal = true;
  bool parallel_residual = true;
  Pooling pooling = Pooling::kNone;

  std::uint64_t n_rot = 0;
  float rope_base = 10000.0F;
  float rope_base_swa = 10000.0F;
  RopeScaling rope_scaling = RopeScaling::kNone;
  float rope_factor = 1.0F;
  std::uint64_t rope_original_ctx = 0;
  float rope_attn_factor = 1.0F;
  float yarn_ext_factor = -1.0F;  // negative: not set
  float yarn_attn_factor = 0;     // 0: follows from the factor
  float yarn_beta_fast = 32.0F;
  float yarn_beta_slow = 1.0F;
  float yarn_log_multiplier = 0;

  std::uint64_t sliding_window = 0;
  std::vector<bool> sliding_layers = {};  // a layer, where the file tells

  std::uint64_t n_expert = 0;
  std::uint64_t n_expert_used = 0;
  std::uint64_t n_expert_shared = 0;
  std::uint64_t n_expert_group = 0;
  std::uint64_t n_expert_group_used = 0;
  std::uint64_t n_ff_expert = 0;
  std::uint64_t n_ff_shared = 0;
  std::uint64_t n_dense_lead = 0;
  std::uint64_t expert_gating = 0;  // 0: the family's; 1 softmax, 2 sigmoid
  float expert_weights_scale = 0;   // 0: none
  bool expert_weights_norm = false;

  float logit_scale = 0;  // 0: none, as for the next three
  float embedding_scale = 0;
  float residual_scale = 0;
  float attention_scale = 0;
  float attn_softcap = 0;
  float final_softcap = 0;
  float clamp_kqv = 0;

  std::uint64_t n_conv = 0;  // of short convolutions
  std::uint64_t ssm_conv = 0;
  std::uint64_t ssm_inner = 0;
  std::uint64_t ssm_state = 0;
  std::uint64_t ssm_dt_rank = 0;
  std::uint64_t n_rel_buckets = 0;  // T5
  std::uint64_t n_decoder_layer = 0;
  std::uint64_t decoder_start_token = 0;

  friend bool operator==(const Hparams&, const Hparams&) = default;
};

/// Reads what general.architecture's keys say. Errors: kCorrupt for missing or
/// senseless values, kLimit for more than kMaxLayers.
Result<Hparams> read_hparams(const format::GgufMetadata& metadata);

}  // namespace hug::arch
