// Text on its way through a tokenizer: the bytes as normalizers and
// pre-tokenizers changed them, where each byte came from, and the pieces it
// was cut into.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenize/unicode/regex.h"

namespace hug::text {

/// Bytes of the original text.
struct Origin {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// Valid UTF-8 with, where tracked, the origin of every byte.
struct TextBuffer {
  std::string bytes;
  std::vector<Origin> origins;  // one a byte, or none when not tracked
  bool tracked = false;
  bool at_start = true;  // its first byte is the first of the whole text

  TextBuffer() = default;
  /// `text` as it stands, from byte `offset` of the original.
  TextBuffer(std::string_view text, std::size_t offset, bool track);

  std::size_t size() const { return bytes.size(); }

  /// Appends text that stands for the bytes [begin, end) of `source`.
  void append(std::string_view text, const TextBuffer& source,
              std::size_t begin, std::size_t end);
  /// An empty buffer that tracks as `source` does.
  static TextBuffer like(const TextBuffer& source);
  /// The original bytes of [begin, end).
  Origin origin_of(std::size_t begin, std::size_t end) const;
};

/// A buffer and the pieces it is cut into, in order, without overlaps.
struct Pieces {
  TextBuffer text;
  std::vector<ByteRange> ranges;

  std::string_view view(const ByteRange& r) const {
    return std::string_view(text.bytes).substr(r.begin, r.end - r.begin);
  }
};

}  // namespace hug::text
