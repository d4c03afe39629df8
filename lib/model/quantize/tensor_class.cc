#include "quantize/tensor_class.h"

#include <algorithm>
#include <array>

namespace hug::quantize {
namespace {

struct Part {
  std::string_view text;
  TensorClass type;
};

// The first that occurs in the name decides.
constexpr Part kParts[] = {
    {"attn_qkv.weight", TensorClass::kQkv},
    {"attn_kv_b.weight", TensorClass::kKvB},
    {"attn_v.weight", TensorClass::kValue},
    {"attn_k.weight", TensorClass::kKey},
    {"attn_q.weight", TensorClass::kQuery},
    {"attn_output.weight", TensorClass::kAttentionOutput},
    {"ffn_up", TensorClass::kUp},
    {"ffn_gate", TensorClass::kGate},
    {"ffn_down", TensorClass::kDown},
};

constexpr std::array kKeptParts = {
    std::string_view("_norm.weight"),
    std::string_view("ffn_gate_inp.weight"),
    std::string_view("ffn_gate_tid2eid.weight"),
    std::string_view("altup"),
    std::string_view("laurel"),
    std::string_view("per_layer_model_proj"),
    std::string_view("ssm_conv1d"),
    std::string_view("shortconv.conv.weight"),
    std::string_view("indexer.k_proj.weight"),
    std::string_view("indexer.q_proj.weight"),
    std::string_view("time_mix_first.weight"),
    std::string_view("time_mix_w0.weight"),
    std::string_view("time_mix_w1.weight"),
    std::string_view("time_mix_w2.weight"),
    std::string_view("time_mix_v0.weight"),
    std::string_view("time_mix_v1.weight"),
    std::string_view("time_mix_v2.weight"),
    std::string_view("time_mix_a0.weight"),
    std::string_view("time_mix_a1.weight"),
    std::string_view("time_mix_a2.weight"),
    std::string_view("time_mix_g1.weight"),
    std::string_view("time_mix_g2.weight"),
    std::string_view("time_mix_decay_w1.weight"),
    std::string_view("time_mix_decay_w2.weight"),
    std::string_view("time_mix_lerp_fused.weight"),
    std::string_view("attn_rel_b.weight"),
    std::string_view(".position_embd"),
    std::string_view("sam.pos_embd"),
    std::string_view("sam.neck."),
    std::string_view("sam.net_"),
    std::string_view(".rel_pos"),
    std::string_view(".patch_embd"),
    std::string_view(".patch_merger"),
    std::string_view("a.rvq.codebook"),
    std::string_view("mm.a.code_embd"),
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TensorClass classify(std::string_view name) noexcept {
  if (name == "output.weight") return TensorClass::kOutput;
  if (name == "token_embd.weight" || name == "per_layer_token_embd.weight")
    return TensorClass::kEmbedding;
  for (const Part& part : kParts)
    if (contains(name, part.text)) return part.type;
  return TensorClass::kOther;
}

std::optional<std::uint32_t> layer_of(std::string_view name) noexcept {
  if (!name.starts_with("blk.")) return std::nullopt;
  std::uint32_t layer = 0;
  std::size_t i = 4;
  for (; i < name.size() && name[i] >= '0' && name[i] <= '9'; i++) {
    if (i > 12) return std::nullopt;
    layer = layer * 10 + static_cast<std::uint32_t>(name[i] - '0');
  }
  if (i == 4 || i >= name.size() || name[i] != '.') return std::nullopt;
  return layer;
}

bool quantizable(const TensorSpec& tensor) noexcept {
  const std::string_view name = tensor.name;
  const bool matrix =
      tensor.shape[1] > 1 || tensor.shape[2] > 1 || tensor.shape[3] > 1;
  if (!matrix || !name.ends_with("weight")) return false;
  if (name == "position_embd.weight" || name == "token_types.weight")
    return false;
  return std::ranges::none_of(kKeptParts, [name](std::string_view part) {
    return contains(name, part);
  });
}

}  // namespace hug::quantize
