// Metadata values as people type them.
#pragma once

#include <string_view>

#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::format {

/// `type` as in MetaChange; `now` is the value it replaces, or null.
/// Errors: kUsage.
Result<GgufValue> parse_value(std::string_view text, std::string_view type,
                              const GgufValue* now);

}  // namespace hug::format
