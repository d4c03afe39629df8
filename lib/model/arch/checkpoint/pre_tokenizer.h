// The name under which gguf knows a pre-tokenizer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arch/checkpoint/repository.h"
#include "hug/result.h"

namespace hug::arch {

/// `wanted` when it is not empty; else by the hash of a test text's ids, else
/// by the structure of tokenizer.json, with a warning.
/// Errors: kUnsupported with a hint when neither is known.
Result<std::string> pre_tokenizer_name(Repository& files,
                                       const std::string& wanted,
                                       std::vector<std::string>& warnings);

/// The text whose ids, printed as a Python list and hashed with sha256, name a
/// pre-tokenizer.
extern const std::string_view kPreTokenizerProbe;
/// Empty when nobody knows the hash (lower-case hex).
std::string_view pre_tokenizer_of_hash(std::string_view sha256) noexcept;

}  // namespace hug::arch
