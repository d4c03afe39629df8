// Post-processors of tokenizer.json: the special tokens put around texts, and
// offsets without the space in front of a word.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::text {

/// One token of the result.
struct PlacedToken {
  std::int32_t id = 0;
  std::uint32_t begin = 0;  // bytes of the original text
  std::uint32_t end = 0;
  std::uint8_t type = 0;  // which text of a pair
  bool special = false;   // put there by the post-processor
};

/// Immutable; used by many threads at once.
class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  /// Takes the spaces at either end of tokens out of their offsets, where the
  /// tokenizer asks for that. `texts` are the vocabulary's.
  virtual void trim(std::vector<PlacedToken>& tokens,
                    const format::StringArray& texts) const = 0;
  /// Puts special tokens around one text, or around a pair. `b` may be null;
  /// what it held is in `a` afterwards where the tokenizer says how.
  virtual void apply(std::vector<PlacedToken>& a,
                     std::vector<PlacedToken>* b) const = 0;
};

using PostProcessorPtr = std::unique_ptr<const PostProcessor>;

/// From a "post_processor" object; null for null. Errors: kCorrupt,
/// kUnsupported.
Result<PostProcessorPtr> make_post_processor(const nlohmann::json& spec);

}  // namespace hug::text
