// What SentencePiece compiled its normalization rules to (precompiled_charsmap
// of its NormalizerSpec): the size of a double array, the array, and the
// replacements, each ended by a zero.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenize/steps/normalizer.h"

namespace hug::text {

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

/// The normalizer "Precompiled" of tokenizer.json.
NormalizerPtr make_precompiled(CharsMap map);

}  // namespace hug::text
