// Writing an answer: tokens are chosen, watched for what ends or must not
// appear in it, and given out as text.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "hug/generate.h"
#include "hug/result.h"
#include "hug/tokenizer.h"

namespace hug::engine {

/// The text that an answer is appended to, as a model sees it.
class ModelContext {
 public:
  virtual ~ModelContext() = default;
  /// Appends tokens; gives the logits of what may follow the last one, valid
  /// until the next call.
  virtual Result<std::span<const float>> append(
      std::span<const TokenId> ids) = 0;
  /// Forgets all but the first n tokens; false when that cannot be.
  virtual bool truncate(std::size_t n) = 0;
  virtual std::size_t size() const = 0;  ///< tokens
};

/// Appends to `context` what is missing of the prompt (its first size() tokens
/// are there, and not all of them), then an answer. `room`: tokens that fit.
/// Errors: of append() and of the sampler; kUsage for biases that cannot be
/// tokenized.
Result<Generation> write_answer(
    ModelContext& context, const Tokenizer& tokenizer,
    std::span<const TokenId> prompt, std::uint64_t room,
    const GenerateOptions& options,
    const std::function<bool(std::string_view)>& on_text);

}  // namespace hug::engine
