// Cutting at the matches of a pattern or at single characters, with the five
// behaviours of the tokenizers library.
#include "text/tokenize/steps/split.h"

#include <utility>

namespace hug::text {

void SplitWriter::put(ByteRange range, bool is_match) {
  if (range.begin == range.end && behavior_ != SplitBehavior::kMergedWithNext &&
      behavior_ != SplitBehavior::kMergedWithPrevious) {
    return;
  }
  switch (behavior_) {
    case SplitBehavior::kRemoved:
      if (!is_match) out_.push_back(range);
      return;
    case SplitBehavior::kIsolated:
      out_.push_back(range);
      return;
    case SplitBehavior::kContiguous:
      if (any_ && is_match == last_match_) {
        out_.back().end = range.end;
      } else {
        out_.push_back(range);
      }
      break;
    case SplitBehavior::kMergedWithPrevious:
      // A match joins the gap before it, not another match.
      if (is_match && any_ && !last_match_) {
        out_.back().end = range.end;
      } else if (range.begin != range.end) {
        out_.push_back(range);
      }
      break;
    case SplitBehavior::kMergedWithNext:
      if (!is_match && any_ && last_match_) {
        out_.back().end = range.end;
      } else if (range.begin != range.end) {
        out_.push_back(range);
      }
      break;
  }
  any_ = true;
  last_match_ = is_match;
}

Result<void> split_by(Matcher& matcher, std::string_view text, ByteRange piece,
                      bool invert, SplitWriter& out) {
  const auto subject = text.substr(piece.begin, piece.end - piece.begin);
  std::size_t done = 0;
  for (std::size_t from = 0; from < subject.size();) {
    const auto m = HUG_TRY(matcher.find(subject, from));
    if (!m) break;
    if (m->begin == m->end) {
      from =
          m->end + (m->end < subject.size() ? char_size(subject[m->end]) : 1);
      continue;
    }
    if (m->begin > done) {
      out.put({piece.begin + done, piece.begin + m->begin}, invert);
    }
    out.put({piece.begin + m->begin, piece.begin + m->end}, !invert);
    done = m->end;
    from = m->end;
  }
  if (done < subject.size()) out.put({piece.begin + done, piece.end}, invert);
  return {};
}

Result<void> SplitPattern::apply(Pieces& pieces) const {
  std::vector<ByteRange> out;
  out.reserve(pieces.text.size() / 4 + 8);
  Matcher matcher(regex_);
  for (const ByteRange& piece : pieces.ranges) {
    SplitWriter writer(out, behavior_);
    HUG_TRY(split_by(matcher, pieces.text.bytes, piece, invert_, writer));
  }
  pieces.ranges = std::move(out);
  return {};
}

}  // namespace hug::text
