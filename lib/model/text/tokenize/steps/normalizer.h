// Normalizers of tokenizer.json: what is done to text before it is cut.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "hug/result.h"
#include "text/tokenize/text_buffer.h"

namespace hug::text {

/// Immutable; used by many threads at once.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  /// Changes the text in place. Errors: kLimit.
  virtual Result<void> apply(TextBuffer& text) const = 0;
};

using NormalizerPtr = std::unique_ptr<const Normalizer>;

/// From a "normalizer" object; null for null.
/// Errors: kCorrupt, kUnsupported.
Result<NormalizerPtr> make_normalizer(const nlohmann::json& spec);

}  // namespace hug::text
