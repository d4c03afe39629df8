// Keys of gguf and what config.json calls them, one rule a row, read in both
// directions: from a checkpoint to gguf and back.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "arch/config.h"
#include "arch/key_writer.h"
#include "hug/result.h"

namespace hug::arch {

enum class KeyKind : std::uint8_t {
  kCount,   // u32
  kNumber,  // f32
  kFlag,    // bool
  kNone,    // config.json has no word for it
};

struct KeyRule {
  std::string_view gguf;  ///< without the architecture: "block_count"
  KeyKind kind = KeyKind::kCount;
  /// Spellings in config.json; the first one that is there counts.
  std::array<std::string_view, 6> names = {};
  /// The spelling to write where the family's defaults name none; the first
  /// when empty.
  std::string_view usual = {};

  Spellings spellings() const noexcept;
};

/// What most families share.
std::span<const KeyRule> shared_key_rules() noexcept;
/// One of them; the name must be there.
const KeyRule& shared_key_rule(std::string_view gguf) noexcept;

/// Writes those that config.json has, in the order given.
void write_keys(const Config& config, KeyWriter& out,
                std::span<const KeyRule> rules);
void write_keys(const Config& config, KeyWriter& out,
                std::initializer_list<std::string_view> shared);
/// The same, but all must be there. Errors: kCorrupt.
Result<void> need_keys(const Config& config, KeyWriter& out,
                       std::span<const KeyRule> rules);
Result<void> need_keys(const Config& config, KeyWriter& out,
                       std::initializer_list<std::string_view> shared);

}  // namespace hug::arch
