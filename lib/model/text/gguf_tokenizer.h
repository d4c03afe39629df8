// The tokenizer that gguf keys describe, wherever the keys come from.
#pragma once

#include <string_view>

#include "format/gguf_value.h"
#include "hug/chat_template.h"
#include "hug/result.h"
#include "hug/tokenizer.h"

namespace hug::text {

// Keys of our own: what the reference format has no place for.
/// string: the Unicode form that text is brought into first, "NFC" ...
inline constexpr std::string_view kHugNormalizer = "hug.tokenizer.normalizer";
/// f32 a token: in which order pieces are joined, where tokenizer.ggml.scores
/// are all the same.
inline constexpr std::string_view kHugScores = "hug.tokenizer.scores";

/// `name`: of the model, for messages. Errors: kCorrupt, kUnsupported.
Result<Tokenizer> make_tokenizer(const format::GgufMetadata& metadata,
                                 std::string_view name);
/// What the keys say of tokens and chat templates.
ModelText read_model_text(const format::GgufMetadata& metadata);
/// False where the keys name no tokenizer, or say that there is none.
bool has_tokenizer(const format::GgufMetadata& metadata);
/// Stands in where there is none: no tokens, and kUnsupported for every text.
Tokenizer make_no_tokenizer(std::string_view name);

}  // namespace hug::text
