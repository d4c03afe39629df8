// What a tensor's name says about its part in the model, as far as recipes
// care.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "quantize/recipe.h"

namespace hug::quantize {

enum class TensorClass : std::uint8_t {
  kOutput,
  kEmbedding,
  kQkv,
  kKvB,
  kValue,
  kKey,
  kQuery,
  kAttentionOutput,
  kUp,
  kGate,
  kDown,
  kOther,
};

TensorClass classify(std::string_view name) noexcept;

/// Values, alone or packed with queries and keys.
constexpr bool holds_values(TensorClass c) noexcept {
  return c == TensorClass::kValue || c == TensorClass::kQkv ||
         c == TensorClass::kKvB;
}

/// The number in "blk.N.", if there is one.
std::optional<std::uint32_t> layer_of(std::string_view name) noexcept;

/// Whether recipes may change the type at all: matrices named "*weight" that
/// are not norms, gates of experts, positions and other small or delicate
/// things.
bool quantizable(const TensorSpec& tensor) noexcept;

}  // namespace hug::quantize
