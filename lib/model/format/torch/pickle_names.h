// What is known of the names that pickles import.
#pragma once

#include <cstdint>
#include <string_view>

#include "format/torch/pickle.h"

namespace hug::format {

enum class NameVerdict : std::uint8_t {
  kHarmless,   // makes tensors and plain containers, nothing else
  kUnknown,    // nobody vouches for it
  kDangerous,  // runs commands, code or other pickles, reads files, connects
};

NameVerdict judge_name(const PickleGlobal& global);

/// Opcodes that writers of checkpoints use.
bool is_plain_opcode(std::uint8_t op) noexcept;

}  // namespace hug::format
