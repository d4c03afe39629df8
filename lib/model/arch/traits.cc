#include "arch/traits.h"

#include <algorithm>
#include <iterator>

namespace hug::arch {

namespace {

using nn::Activation;
using nn::RopePairs;

constexpr Traits kTraits[] = {
    {.arch = "llama", .rope = RopePairs::kNeighbours, .norm_top = true},
    {.arch = "smollm3", .rope = RopePairs::kNeighbours, .rope_skip = 4},
    {.arch = "granite", .rope = RopePairs::kNeighbours, .divide_logits = true},
    {.arch = "qwen2"},
    {.arch = "qwen2moe"},
    {.arch = "qwen3"},
    {.arch = "qwen3moe", .norm_top = true},
    {.arch = "gemma", .activation = Activation::kGeluTanh, .embed_scale = true},
    {.arch = "gemma2",
     .activation = Activation::kGeluTanh,
     .window = WindowRule::kEveryOther,
     .embed_scale = true},
    {.arch = "gemma3",
     .activation = Activation::kGeluTanh,
     .window = WindowRule::kFiveOfSix,
     .embed_scale = true,
     .local_rope = true},
    {.arch = "phi2",
     .norm = NormKind::kLayer,
     .activation = Activation::kGeluTanh,
     .parallel = true},
    {.arch = "phi3", .window = WindowRule::kAll},
    {.arch = "gpt2",
     .norm = NormKind::kLayer,
     .rope = RopePairs::kNone,
     .activation = Activation::kGeluTanh,
     .learned_positions = true},
    {.arch = "gptneox",
     .norm = NormKind::kLayer,
     .activation = Activation::kGeluTanh,
     .parallel = true},
    {.arch = "falcon",
     .norm = NormKind::kLayer,
     .activation = Activation::kGeluTanh,
     .parallel = true},
    {.arch = "stablelm", .norm = NormKind::kLayer},
    {.arch = "starcoder2",
     .norm = NormKind::kLayer,
     .activation = Activation::kGeluTanh},
    {.arch = "olmo", .norm = NormKind::kLayer, .rope = RopePairs::kNeighbours},
    {.arch = "olmo2"},
    {.arch = "olmoe"},
    {.arch = "command-r",
     .norm = NormKind::kLayer,
     .rope = RopePairs::kNeighbours,
     .parallel = true},
    {.arch = "glm4", .rope = RopePairs::kNeighbours},
    {.arch = "deepseek2", .rope = RopePairs::kNeighbours},
    {.arch = "gpt-oss",
     .window = WindowRule::kEveryOther,
     .gating = Gating::kSoftmaxOfTop,
     .oai_glu = true,
     .post_attention_is_ffn_norm = true},
    {.arch = "exaone4", .rope_by_window = true},
    {.arch = "mamba", .other_layers = LayerKind::kMamba},
    {.arch = "lfm2",
     .norm_is_embd_norm = true,
     .other_layers = LayerKind::kShortConv},
    {.arch = "bert",
     .norm = NormKind::kLayer,
     .rope = RopePairs::kNone,
     .activation = Activation::kGeluTanh,
     .learned_positions = true,
     .encoder = true},
    {.arch = "nomic-bert", .norm = NormKind::kLayer, .encoder = true},
    {.arch = "t5", .rope = RopePairs::kNone, .encoder = true, .relative = true},
    {.arch = "t5encoder",
     .rope = RopePairs::kNone,
     .encoder = true,
     .relative = true},
};

}  // namespace

const Traits* find_traits(std::string_view arch) noexcept {
  const auto* it =
      std::find_if(std::begin(kTraits), std::end(kTraits),
                   [&](const Traits& t) { return t.arch == arch; });
  return it == std::end(kTraits) ? nullptr : it;
}

}  // namespace hug::arch
