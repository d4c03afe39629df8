// The tokenizer of a gguf file as the files of a checkpoint.
#pragma once

#include <string>

#include "format/gguf_value.h"
#include "hug/context.h"
#include "hug/convert.h"
#include "hug/result.h"

namespace hug::convert {

/// Writes tokenizer.json, tokenizer_config.json and, where the vocabulary is
/// one of SentencePiece's, its model into the folder `output`; what the file
/// does not tell becomes warnings of the report. Errors: as write_small.
Result<void> write_tokenizer(Context& context,
                             const format::GgufMetadata& metadata,
                             const std::string& output, ConvertReport& report);

}  // namespace hug::convert
