// What the name of a model tells: "Llama-3.1-8B-Instruct" is base name,
// version, size and fine-tune.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hug::convert {

struct ModelId {
  std::optional<std::string> name = {};  ///< without the organization
  std::optional<std::string> organization = {};
  std::optional<std::string> basename = {};
  std::optional<std::string> finetune = {};
  std::optional<std::string> version = {};
  std::optional<std::string> size_label = {};
};

/// `n_parameters` 0 when it is not known: a size in the name that is far from
/// it is taken for something else.
ModelId parse_model_id(std::string_view id, std::uint64_t n_parameters);
/// "llama-2-chat" -> "Llama 2 Chat"; words with capitals or digits stay.
std::string title_of(std::string_view name);
/// "8.0B", "270M"; of a mixture "8x7B" with the size of shared weights and one
/// expert.
std::string size_label_of(std::uint64_t total, std::uint64_t shared,
                          std::uint64_t expert, std::uint64_t n_expert);

}  // namespace hug::convert
