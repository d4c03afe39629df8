#include "format/inspect/parts.h"

#include <algorithm>
#include <array>

namespace hug::format {
namespace {

struct Mark {
  std::string_view text;
  std::string_view part;
};

// The first that occurs in the name counts.
constexpr auto kMarks = std::to_array<Mark>({
    {"norm", "norm"},
    {"ln_", "norm"},
    {"layernorm", "norm"},
    {"LayerNorm", "norm"},
    {"_exps", "experts"},
    {".experts.", "experts"},
    {"ffn_gate_inp", "experts"},
    {".router", "experts"},
    {"exp_probs_b", "experts"},
    {"token_embd", "embedding"},
    {"embed", "embedding"},
    {"position_embd", "embedding"},
    {"token_types", "embedding"},
    {"wte.", "embedding"},
    {"wpe.", "embedding"},
    {"shared.weight", "embedding"},
    {"lm_head", "output"},
    {"ssm_", "state"},
    {".mixer.", "state"},
    {".conv.", "state"},
    {"shortconv", "state"},
    {"ffn", "feed-forward"},
    {"mlp", "feed-forward"},
    {"feed_forward", "feed-forward"},
    {"intermediate", "feed-forward"},
    {"DenseReluDense", "feed-forward"},
    {".fc1.", "feed-forward"},
    {".fc2.", "feed-forward"},
    {"attn", "attention"},
    {"attention", "attention"},
    {"Attention", "attention"},
});

ModelPart& part_named(std::vector<ModelPart>& parts, std::string_view name) {
  for (ModelPart& part : parts)
    if (part.name == name) return part;
  parts.push_back({.name = std::string(name)});
  return parts.back();
}

}  // namespace

std::string_view part_of(std::string_view name) noexcept {
  if (name == "output.weight" || name == "output.bias") return "output";
  for (const Mark& mark : kMarks)
    if (name.find(mark.text) != std::string_view::npos) return mark.part;
  return "other";
}

void sum_up(Inspection& out, const std::vector<std::uint64_t>& elements) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < out.tensors.size(); ++i) {
    const ModelTensor& t = out.tensors[i];
    ModelPart& part = part_named(out.parts, part_of(t.name));
    part.parameters += elements[i];
    part.bytes += t.bytes;
    const auto same = [&](const TypeShare& s) { return s.type == t.type; };
    auto share = std::find_if(out.types.begin(), out.types.end(), same);
    if (share == out.types.end()) {
      out.types.push_back({.type = t.type});
      share = out.types.end() - 1;
    }
    ++share->tensors;
    share->parameters += elements[i];
    share->bytes += t.bytes;
    out.parameters += elements[i];
    bytes += t.bytes;
  }
  const auto larger = [](const auto& a, const auto& b) {
    return a.parameters > b.parameters;
  };
  std::stable_sort(out.parts.begin(), out.parts.end(), larger);
  std::stable_sort(out.types.begin(), out.types.end(), larger);
  set_bits(out, bytes);
}

void set_bits(Inspection& out, std::uint64_t bytes) noexcept {
  out.bits_per_weight = out.parameters == 0
                            ? 0
                            : 8.0 * static_cast<double>(bytes) /
                                  static_cast<double>(out.parameters);
}

}  // namespace hug::format
