// The five behaviours of splitting.
#pragma once

#include <string_view>
#include <vector>

#include "text/tokenize/steps/pre_tokenizer.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

/// Receives the matches and the gaps of one piece in order.
class SplitWriter {
 public:
  SplitWriter(std::vector<ByteRange>& out, SplitBehavior behavior)
      : out_(out), behavior_(behavior) {}

  void put(ByteRange range, bool is_match);

 private:
  std::vector<ByteRange>& out_;
  SplitBehavior behavior_;
  bool any_ = false;
  bool last_match_ = false;
};

Result<void> split_by(Matcher& matcher, std::string_view text, ByteRange piece,
                      bool invert, SplitWriter& out);

/// Splits at characters for which `is_match` holds, each a match of its own.
template <class F>
void split_at_chars(Pieces& pieces, SplitBehavior behavior, F is_match) {
  std::vector<ByteRange> out;
  const std::string_view text = pieces.text.bytes;
  for (const ByteRange& piece : pieces.ranges) {
    SplitWriter writer(out, behavior);
    std::size_t gap = piece.begin;
    for (std::size_t i = piece.begin; i < piece.end;) {
      const std::size_t here = i;
      if (!is_match(next_char(text, i))) continue;
      if (gap < here) writer.put({gap, here}, false);
      writer.put({here, i}, true);
      gap = i;
    }
    if (gap < piece.end) writer.put({gap, piece.end}, false);
  }
  pieces.ranges = std::move(out);
}

}  // namespace hug::text
