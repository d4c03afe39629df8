// Takes a pickle apart into opcodes with their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "format/torch/pickle_opcodes.h"
#include "format/window.h"
#include "hug/result.h"

namespace hug::format {

struct PickleStep {
  std::uint8_t op = 0;
  std::uint64_t position = 0;
  std::uint64_t number = 0;                     // of fixed-size arguments
  std::optional<std::string> text = {};         // of others; unset: too long
  std::optional<std::string> second_line = {};  // the name of a global
};

class PickleStream {
 public:
  PickleStream(const ByteSource& source, std::uint64_t offset,
               std::uint64_t longest_text);

  /// Errors: kCorrupt for unknown opcodes and cut-off arguments; kLimit for
  /// endless lines; those of the source.
  Result<PickleStep> next();

  std::uint64_t position() const noexcept { return window_.position(); }

 private:
  Result<std::uint64_t> number(unsigned bytes);
  Result<std::optional<std::string>> sized(std::uint64_t n);
  Result<std::string> line();

  Window window_;
  std::uint64_t longest_text_;
};

/// The Python 2 string literal of opcode STRING, quotes and escapes undone.
/// Nothing when it is none.
std::optional<std::string> unquote_pickle_string(std::string_view text);
/// "raw-unicode-escape": \uXXXX and \UXXXXXXXX undone, other bytes Latin-1.
std::optional<std::string> decode_raw_unicode(std::string_view text);

}  // namespace hug::format
