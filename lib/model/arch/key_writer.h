// Writes the keys of a model: typed, in the order of the calls, a key that is
// there already keeps its place. Numbers that do not fit are remembered as an
// error instead of being cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::arch {

class KeyWriter {
 public:
  /// `metadata` must outlive this.
  KeyWriter(format::GgufMetadata& metadata, std::string_view architecture,
            std::uint32_t file_type);

  // Keys of the architecture: "block_count" becomes "llama.block_count".
  void u32(std::string_view key, std::uint64_t value);
  void f32(std::string_view key, double value);
  void boolean(std::string_view key, bool value);
  void text(std::string_view key, std::string_view value);
  void booleans(std::string_view key, std::vector<bool> value);
  void strings(std::string_view key, const std::vector<std::string>& value);
  void i32s(std::string_view key, std::vector<std::int32_t> value);

  /// general.file_type
  void file_type();
  /// Any key by its whole name.
  void set(std::string_view key, format::GgufValue value);

  /// Errors: kCorrupt naming the first key whose number did not fit.
  Result<void> finish() const;

 private:
  std::string whole(std::string_view key) const;

  format::GgufMetadata& metadata_;
  std::string prefix_;
  std::uint32_t file_type_;
  std::optional<Error> error_ = {};
};

}  // namespace hug::arch
