// tokenizer.json as a tree that others may read too, and a tokenizer made of
// it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "format/gguf_value.h"
#include "hug/result.h"
#include "hug/tokenizer.h"

namespace hug::text {

/// Merges that are written as pairs become "a b" where that says the same:
/// hundreds of thousands of small arrays would take most of the memory.
/// Errors: kCorrupt, kLimit.
Result<nlohmann::json> parse_tokenizer_json(std::string_view text,
                                            std::string_view name);
/// `name` is used in messages. `keys`: of gguf, whose special tokens and ends
/// of generation count beside those that the tree names. Errors: kCorrupt,
/// kUnsupported, kLimit.
Result<Tokenizer> make_tokenizer(const nlohmann::json& tokenizer,
                                 std::string_view name,
                                 const format::GgufMetadata* keys = nullptr);

}  // namespace hug::text
