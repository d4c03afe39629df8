// The tokenizer that gguf keys describe, wherever the keys come from.
#pragma once

#include <string_view>

#include "format/gguf_value.h"
#include "hug/result.h"
#include "hug/tokenizer.h"

namespace hug::text {

/// `name`: of the model, for messages. Errors: kCorrupt, kUnsupported.
Result<Tokenizer> make_tokenizer(const format::GgufMetadata& metadata,
                                 std::string_view name);
/// False where the keys name no tokenizer, or say that there is none.
bool has_tokenizer(const format::GgufMetadata& metadata);
/// Stands in where there is none: no tokens, and kUnsupported for every text.
Tokenizer make_no_tokenizer(std::string_view name);

}  // namespace hug::text
