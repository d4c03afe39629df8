// What the names in tokenizer.ggml.pre mean: the patterns that cut text into
// words, one after another, and the flags that go with a name. The names and
// the patterns are llama.cpp's (src/llama-vocab.cpp).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "hug/result.h"
#include "text/tokenize/steps/pre_tokenizer.h"

namespace hug::text {

struct PreName {
  std::string_view name;
  /// Names of patterns in pre_names.cc's table, applied in turn.
  std::span<const std::string_view> patterns;
  bool ignore_merges = false;
  bool add_bos = false;
  bool add_sep = false;
  bool clean_spaces = true;
  bool by_bytes = true;  // false: spaces become U+2581, other bytes <0xHH>
};

/// Nothing for a name nobody knows.
const PreName* find_pre_name(std::string_view name);
std::vector<std::string_view> all_pre_names();

/// The splitters of a name. Errors: none for the names of the table.
Result<std::vector<PreTokenizerPtr>> make_pre_splitters(const PreName& name);

}  // namespace hug::text
