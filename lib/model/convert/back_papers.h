// What lies beside weights, configuration and tokenizer in a repository: how to
// generate with the model, and its card. Both from the keys of a gguf file.
#pragma once

#include <string>

#include "format/gguf_value.h"
#include "hug/context.h"
#include "hug/convert.h"
#include "hug/result.h"

namespace hug::convert {

/// generation_config.json: the ids that begin and end an answer, and the
/// sampling that the file recommends. "" for encoders and where nothing is
/// known.
std::string make_generation_config(const format::GgufMetadata& metadata);

/// README.md: a front matter that says what the "general." keys say, so that
/// a conversion finds it again, and a title. "" where nothing is known.
std::string make_model_card(const format::GgufMetadata& metadata);

/// Writes both into the folder `output`. A card that lies there stays: somebody
/// wrote it. Errors: as write_small.
Result<void> write_papers(Context& context,
                          const format::GgufMetadata& metadata,
                          const std::string& output, ConvertReport& report);

}  // namespace hug::convert
