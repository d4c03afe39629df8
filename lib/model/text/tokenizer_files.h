// tokenizer.json and tokenizer_config.json, as the tokenizers library and
// transformers read them, made of the keys of a gguf file.
#pragma once

#include <string>
#include <vector>

#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::text {

struct TokenizerFiles {
  std::string tokenizer = {};  ///< tokenizer.json
  std::string config = {};     ///< tokenizer_config.json
  /// What the keys do not tell, a sentence each.
  std::vector<std::string> warnings = {};
};

/// Ids are those of the gguf file's tokenizer. Errors: kCorrupt, kUnsupported.
Result<TokenizerFiles> make_tokenizer_files(
    const format::GgufMetadata& metadata);

}  // namespace hug::text
