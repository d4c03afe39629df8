// Facts of a model that its architecture's keys have no place for: files that
// hug wrote hold them under keys of its own, files of others do not.
#include <algorithm>
#include <array>
#include <string>

#include "base/strings.h"
#include "format/inspect/describe.h"

namespace hug::format {
namespace {

using Applies = bool (*)(const Gguf&);

struct Fact {
  std::string_view architecture;
  std::string_view key;
  std::string_view text;
  Applies applies = nullptr;  // null: always
};

bool says(const Gguf& gguf, std::string_view word) {
  return std::any_of(
      gguf.metadata.begin(), gguf.metadata.end(), [&](const auto& entry) {
        const auto* text = std::get_if<std::string>(&entry.second);
        return text != nullptr && entry.first.starts_with("general.") &&
               base::to_lower(*text).find(word) != std::string::npos;
      });
}

bool has_no_window(const Gguf& gguf) {
  return !gguf.metadata.contains(gguf.arch_key("attention.sliding_window"));
}

// Llama itself has no window; what was made from Mistral rarely says so.
bool is_mistral(const Gguf& gguf) {
  return has_no_window(gguf) &&
         (says(gguf, "mistral") || says(gguf, "mixtral"));
}

bool has_window(const Gguf& gguf) {
  return !has_no_window(gguf);
}

bool is_yarn(const Gguf& gguf) {
  return gguf.metadata.find_string(gguf.arch_key("rope.scaling.type")) ==
         "yarn";
}

bool has_labels(const Gguf& gguf) {
  return gguf.find_tensor("cls.weight") != nullptr ||
         gguf.find_tensor("cls.output.weight") != nullptr;
}

bool has_no_labels(const Gguf& gguf) {
  return !has_labels(gguf);
}

constexpr std::string_view kGelu = "which GELU it was trained with (tanh)";

constexpr auto kFacts = std::to_array<Fact>({
    {"llama", "hug.attention.sliding_window",
     "the sliding window (every layer sees all)", is_mistral},
    {"starcoder2", "hug.attention.sliding_window",
     "the sliding window (every layer sees all)", has_no_window},
    {"bert", "hug.activation", kGelu},
    {"bert", "hug.pooler.weight", "the pooler (none)"},
    {"bert", "hug.mask_head.dense.weight", "the head for masked words (none)",
     has_no_labels},
    {"falcon", "hug.activation", kGelu},
    {"gptneox", "hug.activation", kGelu},
    {"t5", "hug.logit_scale", "the scale of the decoder's output (1)"},
    {"t5", "hug.attention.relative_max_distance",
     "how far positions are told apart (128)"},
    {"t5encoder", "hug.attention.relative_max_distance",
     "how far positions are told apart (128)"},
    {"exaone4", "hug.attention.sliding_layers",
     "which layers have the window, and that only they rotate (none, all)",
     has_window},
    {"gpt-oss", "hug.rope.scaling.yarn_truncate",
     "whether yarn's ramp ends between dimensions (it does not)", is_yarn},
});

}  // namespace

std::vector<ModelMissing> missing_facts(const Gguf& gguf) {
  std::vector<ModelMissing> out;
  // What hug did not write there the model does not have.
  if (gguf.metadata.contains(kRecipeKey)) return out;
  for (const Fact& fact : kFacts) {
    if (fact.architecture != gguf.architecture() ||
        gguf.metadata.contains(fact.key) ||
        (fact.applies != nullptr && !fact.applies(gguf)))
      continue;
    out.push_back({std::string(fact.key), std::string(fact.text)});
  }
  return out;
}

}  // namespace hug::format
