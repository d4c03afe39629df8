// Keys of a gguf model that lie.
#pragma once

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "arch/hug_keys.h"
#include "format/gguf_value.h"
#include "model_edits.h"

namespace hug::fuzz {

// Names that some key may have, and texts that none has.
inline std::string_view odd_text(Choices& choices) {
  constexpr std::string_view kTexts[] = {
      "",     "llama", "gpt2", "bert",  "t5",   "none", "qwen2",    "default",
      "yarn", "su",    "mean", "<unk>", "<0x4", "a b",  "\xff\xfe", "relu"};
  return kTexts[choices.byte() % std::size(kTexts)];
}

inline void edit_key(Choices& choices, format::GgufMetadata& keys) {
  if (keys.empty()) return;
  const auto& [key, value] = keys.entries()[choices.below(keys.size())];
  const std::string name = key;
  switch (choices.byte() % 8) {
    case 0:
      keys.erase(name);
      break;
    case 1:
      keys.set(name, static_cast<std::uint32_t>(choices.number()));
      break;
    case 2:
      keys.set(name, choices.number());
      break;
    case 3:
      keys.set(name, static_cast<float>(choices.real()));
      break;
    case 4:
      keys.set(name, format::GgufArray(std::vector<std::uint32_t>(
                         choices.below(5),
                         static_cast<std::uint32_t>(choices.number()))));
      break;
    case 5:
      keys.set(name, format::GgufArray(std::vector<bool>(choices.below(4))));
      break;
    case 6:
      keys.set(name, std::string(odd_text(choices)));
      break;
    default:
      keys.set(name, format::GgufArray(format::StringArray{odd_text(choices),
                                                           odd_text(choices)}));
      break;
  }
}

// Keys that the model does not have but a forward pass reads.
inline void add_key(Choices& choices, format::GgufMetadata& keys) {
  constexpr std::string_view kNames[] = {"attention.sliding_window",
                                         "rope.dimension_count",
                                         "attention.key_length",
                                         "attention.value_length",
                                         "expert_count",
                                         "expert_used_count",
                                         "expert_group_count",
                                         "expert_group_used_count",
                                         "rope.scaling.factor",
                                         "attention.head_count_kv",
                                         "ssm.conv_kernel",
                                         "shortconv.l_cache",
                                         "attention.kv_lora_rank",
                                         "attention.key_length_mla",
                                         "attention.value_length_mla",
                                         "attention.q_lora_rank",
                                         "attention.relative_buckets_count",
                                         "decoder_block_count",
                                         "feed_forward_length",
                                         "pooling_type",
                                         "leading_dense_block_count"};
  const std::string arch(keys.find_string("general.architecture").value_or(""));
  constexpr std::string_view kOwn[] = {arch::kHugMaxDistance, arch::kHugWindow};
  const std::size_t i = choices.below(std::size(kNames) + std::size(kOwn));
  keys.set(i < std::size(kNames) ? arch + "." + std::string(kNames[i])
                                 : std::string(kOwn[i - std::size(kNames)]),
           choices.number());
}

}  // namespace hug::fuzz
