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

/// What SentencePiece compiled its normalization rules to
/// (models-formats 6.5): a double array and the replacements.
class CharsMap {
 public:
  /// Errors: kCorrupt.
  static Result<CharsMap> parse(std::string_view blob);

  struct Match {
    std::size_t size = 0;  // bytes of input, 0 when there is none
    std::string_view replacement;
  };

  /// The longest, or the shortest, rule that matches at the start of `text`.
  Match longest(std::string_view text) const;
  Match shortest(std::string_view text) const;

 private:
  Match walk(std::string_view text, bool first_only) const;

  std::vector<std::uint32_t> units_;
  std::string replacements_;
};

}  // namespace hug::text
