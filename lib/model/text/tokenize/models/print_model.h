// The "model" of a tokenizer.json for each of gguf's kinds of vocabularies.
#pragma once

#include <string>
#include <vector>

#include "hug/result.h"
#include "text/tokenize/models/gguf_vocabulary.h"

namespace hug::text {

/// A vocabulary under the names that tokenizer.json gives its tokens.
struct NamedVocabulary {
  const GgufVocabulary& v;
  const format::StringArray& merges;
  std::vector<std::string> names = {};  // empty: left out
};

struct ModelText {
  std::string json = {};
  std::vector<std::string> warnings = {};
};

/// Errors: kUnsupported for a pre-tokenizer nobody knows.
Result<ModelText> print_bpe_model(const NamedVocabulary& vocabulary);
ModelText print_spm_model(const NamedVocabulary& vocabulary);
ModelText print_wordpiece_model(const NamedVocabulary& vocabulary);
ModelText print_unigram_model(const NamedVocabulary& vocabulary);

}  // namespace hug::text
