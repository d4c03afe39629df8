// Decoders of tokenizer.json: how token texts become text again.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "hug/result.h"

namespace hug::text {

/// Immutable; used by many threads at once.
class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Changes the texts of the tokens; joined they are the text.
  virtual Result<void> apply(std::vector<std::string>& tokens) const = 0;
};

using DecoderPtr = std::unique_ptr<const Decoder>;

/// From a "decoder" object; null for null. Errors: kCorrupt, kUnsupported.
Result<DecoderPtr> make_decoder(const nlohmann::json& spec);

}  // namespace hug::text
