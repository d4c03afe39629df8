// Reads the keys of a model: those of its architecture by their short names,
// "block_count" for "llama.block_count".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::arch {

class KeyReader {
 public:
  /// `metadata` must outlive this.
  KeyReader(const format::GgufMetadata& metadata, std::string_view architecture)
      : metadata_(metadata), prefix_(std::string(architecture) + ".") {}

  std::uint64_t count(std::string_view key, std::uint64_t fallback = 0) const {
    return metadata_.find_unsigned(whole(key)).value_or(fallback);
  }

  float number(std::string_view key, float fallback = 0) const {
    const auto value = metadata_.find_number(whole(key));
    return value ? static_cast<float>(*value) : fallback;
  }

  bool flag(std::string_view key, bool fallback) const {
    return metadata_.find_bool(whole(key)).value_or(fallback);
  }

  std::string text(std::string_view key) const {
    return std::string(metadata_.find_string(whole(key)).value_or(""));
  }

  const format::GgufValue* find(std::string_view key) const {
    return metadata_.find(whole(key));
  }

  /// One value a layer: an array of that length, or a number for all.
  /// Errors: kCorrupt for a list that is too short.
  Result<std::vector<std::uint64_t>> per_layer(std::string_view key,
                                               std::uint64_t n_layer,
                                               std::uint64_t fallback) const;

  /// Flags a layer; empty where there is no such list.
  std::vector<bool> flags(std::string_view key) const {
    return all_flags(whole(key));
  }

  /// The same of a key by its whole name.
  std::vector<bool> all_flags(std::string_view key) const;

  std::string whole(std::string_view key) const {
    return prefix_ + std::string(key);
  }

  const format::GgufMetadata& all() const noexcept { return metadata_; }

 private:
  const format::GgufMetadata& metadata_;
  std::string prefix_;
};

}  // namespace hug::arch
