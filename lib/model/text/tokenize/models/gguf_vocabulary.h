// The vocabulary of a gguf file, as its metadata tell it, with the defaults of
// each kind put in.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "format/gguf_value.h"
#include "text/tokenize/models/flat_map.h"
#include "text/tokenize/tokenizer_impl.h"

namespace hug::text {

enum class TokenKind : std::uint8_t {
  kUndefined = 0,
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

struct GgufVocabulary {
  std::string model;  // "llama", "gpt2", "bert", "t5"
  std::string pre;    // name of the pre-tokenizer, "default" without one
  std::string general_name;
  Texts tokens;
  std::vector<float> scores;
  std::vector<TokenKind> kinds;
  std::string charsmap;
  TextMap ids;  // of equal texts the first has the name
  SpecialTokens special;
  bool add_bos = false;
  bool add_eos = false;
  bool add_sep = false;
  bool add_space_prefix = true;
  bool clean_spaces = false;
  bool remove_extra_whitespace = false;
  bool lowercase = true;
  bool strip_accents = true;
  /// Applied to text first: "NFC", "NFD", "NFKC", "NFKD" or empty.
  std::string normalizer;

  std::size_t size() const { return tokens->size(); }

  std::string_view text(std::size_t id) const { return (*tokens)[id]; }

  TokenKind kind(TokenId id) const {
    return kinds[static_cast<std::size_t>(id)];
  }

  /// What is put behind a text, and between it and a second one, where the
  /// keys ask for it.
  std::vector<TokenId> ending() const;
  std::vector<TokenId> between() const;

  /// Whether a special token takes the blanks on its left, and on its right.
  std::pair<bool, bool> strips(TokenId id) const;

  /// Id of the token that stands for one byte, or of the unknown token.
  TokenId byte_id(char byte) const;
};

/// The list of merges, "a b" each, in order of rank; may be empty.
const format::StringArray& merges_of(const format::GgufMetadata& metadata);

/// From the keys under "tokenizer.". Errors: kCorrupt, kUnsupported (kinds of
/// vocabularies, pre-tokenizers).
Result<GgufVocabulary> read_gguf_vocabulary(
    const format::GgufMetadata& metadata);

}  // namespace hug::text
