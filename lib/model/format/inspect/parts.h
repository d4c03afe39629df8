// Sums over tensors: what a model consists of.
#pragma once

#include <string_view>

#include "hug/inspect.h"

namespace hug::format {

/// "embedding", "output", "attention", "feed-forward", "experts", "norm",
/// "state" or "other", by a tensor's name in gguf or in a checkpoint.
std::string_view part_of(std::string_view tensor_name) noexcept;

/// Fills parameters, bits_per_weight, parts and types from the tensors, whose
/// numbers of elements are given in the same order.
void sum_up(Inspection& out, const std::vector<std::uint64_t>& elements);

/// Fills bits_per_weight from the parameters and that many bytes.
void set_bits(Inspection& out, std::uint64_t bytes) noexcept;

}  // namespace hug::format
