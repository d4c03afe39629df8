// Pre-tokenizers of tokenizer.json: how normalized text is cut into the words
// that the model sees one by one.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "hug/result.h"
#include "text/tokenize/text_buffer.h"

namespace hug::text {

/// Immutable; used by many threads at once.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  /// Cuts every piece further, and may rewrite the text. Errors: kLimit.
  virtual Result<void> apply(Pieces& pieces) const = 0;

  /// True for what writes bytes in the alphabet of GPT-2 and does nothing
  /// after: a model that reads bytes may skip it (see split_only()).
  virtual bool ends_in_byte_alphabet() const { return false; }

  /// apply() without the step to the byte alphabet.
  virtual Result<void> split_only(Pieces& pieces) const {
    return apply(pieces);
  }
};

using PreTokenizerPtr = std::unique_ptr<const PreTokenizer>;

/// From a "pre_tokenizer" object; null for null. Errors: kCorrupt,
/// kUnsupported.
Result<PreTokenizerPtr> make_pre_tokenizer(const nlohmann::json& spec);

/// What becomes of the matches of a pattern.
enum class SplitBehavior {
  kRemoved,
  kIsolated,
  kMergedWithPrevious,
  kMergedWithNext,
  kContiguous,
};

/// Splits by one pattern, or by each of several in turn; matches and what lies
/// between become pieces.
class SplitPattern final : public PreTokenizer {
 public:
  SplitPattern(Regex regex, SplitBehavior behavior, bool invert)
      : regex_(std::move(regex)), behavior_(behavior), invert_(invert) {}

  Result<void> apply(Pieces& pieces) const override;

 private:
  Regex regex_;
  SplitBehavior behavior_;
  bool invert_;
};

}  // namespace hug::text
