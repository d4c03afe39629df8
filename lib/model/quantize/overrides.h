// "KEY=TYPE:VALUE": metadata that the user sets in the new file.
#pragma once

#include <string>
#include <string_view>

#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::quantize {

struct Override {
  std::string key = {};
  format::GgufValue value = {};
};

/// TYPE is int (stored as u32 of its magnitude), float, bool or str; keys and
/// strings of at most 127 bytes. Errors: kUsage.
Result<Override> parse_override(std::string_view text);

}  // namespace hug::quantize
