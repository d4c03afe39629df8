// How llama.cpp's kinds of vocabularies (its src/llama-vocab.cpp) cut a stretch
// of plain text: "llama" (SPM), "gpt2" (BPE), "bert" (WPM), "t5" (UGM).
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "text/tokenize/models/gguf_vocabulary.h"

namespace hug::text {

/// Where a stretch stands.
struct StretchPlace {
  /// Nothing or a special token stands before it.
  bool after_special = true;
};

/// Immutable; used by many threads at once. The vocabulary outlives it.
class GgufModel {
 public:
  virtual ~GgufModel() = default;
  /// Appends ids. The text is valid UTF-8 and holds no special tokens.
  virtual Result<void> encode(std::string_view text, StretchPlace place,
                              std::vector<TokenId>& out) const = 0;
};

using GgufModelPtr = std::unique_ptr<const GgufModel>;

Result<GgufModelPtr> make_spm(const GgufVocabulary& v);
/// `merges` are only read while it is made.
Result<GgufModelPtr> make_gguf_bpe(const GgufVocabulary& v,
                                   const format::StringArray& merges);
Result<GgufModelPtr> make_wpm(const GgufVocabulary& v);
Result<GgufModelPtr> make_ugm(const GgufVocabulary& v);

}  // namespace hug::text
