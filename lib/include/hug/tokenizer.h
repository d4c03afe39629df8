// Tokenizers: text to token ids and back, exactly as the library that trained
// the model does it (tokenizer.json) or as llama.cpp does it (gguf).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hug/byte_source.h"
#include "hug/export.h"
#include "hug/result.h"

namespace hug {

using TokenId = std::int32_t;

struct EncodeOptions {
  /// Put the special tokens around the text that the tokenizer asks for (BOS,
  /// CLS, SEP, EOS).
  bool add_special = true;
  /// Read special tokens that are spelled out in the text. Turn it off for
  /// text from outside: then "<|im_start|>" is just characters.
  bool parse_special = true;
  /// Fill Encoding::offsets.
  bool offsets = false;
};

/// Bytes of the text that a token stands for; empty for tokens that stand for
/// none. Units: bytes of the text as it was given (invalid UTF-8 counts as
/// U+FFFD, three bytes).
struct TokenOffset {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct Encoding {
  std::vector<TokenId> ids = {};
  std::vector<TokenOffset> offsets = {};    // as many as ids, or none
  std::vector<std::uint8_t> types = {};     // which text of a pair
  std::vector<std::uint8_t> is_added = {};  // 1: put around the text
};

/// A stretch of text, and whether special tokens may be read in it.
struct TextSegment {
  std::string_view text = {};
  bool parse_special = true;
};

/// Ids with a meaning of their own, where the vocabulary has them.
struct SpecialTokens {
  std::optional<TokenId> bos = {};
  std::optional<TokenId> eos = {};
  std::optional<TokenId> unknown = {};
  std::optional<TokenId> separator = {};
  std::optional<TokenId> padding = {};
  std::optional<TokenId> mask = {};
  std::vector<TokenId> end_of_generation = {};  // eos, eot, eom ..., ascending
  bool adds_bos = false;
  bool adds_eos = false;
};

/// Immutable; const methods may be called from several threads at once. Cheap
/// to copy.
class HUG_EXPORT Tokenizer {
 public:
  /// From the text of a tokenizer.json; `name` is used in messages.
  /// Errors: kCorrupt, kUnsupported, kLimit.
  static Result<Tokenizer> from_json(std::string_view json,
                                     std::string_view name);
  /// From a gguf file's metadata. Errors: as above and those of the source.
  static Result<Tokenizer> from_gguf(const ByteSource& source);
  /// Either of the two, by what the source holds.
  static Result<Tokenizer> open(const ByteSource& source);

  /// Errors: kLimit (text of 4 GiB or more, a pattern that needs too many
  /// steps), kUnsupported (something unknown and no token for it).
  Result<Encoding> encode(std::string_view text,
                          const EncodeOptions& options = {}) const;
  /// Two texts as one input (sentence pairs of encoders).
  Result<Encoding> encode_pair(std::string_view a, std::string_view b,
                               const EncodeOptions& options = {}) const;
  /// Stretches in turn; each cut for itself, special tokens added once around
  /// all of them.
  Result<Encoding> encode_segments(std::span<const TextSegment> segments,
                                   bool add_special) const;
  /// Always valid UTF-8. `skip_special`: without control tokens.
  /// Errors: kUsage for an id that is not in the vocabulary.
  Result<std::string> decode(std::span<const TokenId> ids,
                             bool skip_special = true) const;
  /// The bytes one token adds to a text: for streaming, where a character may
  /// be spread over several tokens. Empty for control tokens.
  std::string token_bytes(TokenId id) const;

  /// Number of ids.
  std::size_t size() const;
  /// A token as the vocabulary writes it; empty for unused ids.
  std::string_view token_text(TokenId id) const;
  std::optional<TokenId> find(std::string_view token_text) const;
  /// Control token, hidden when decoding.
  bool is_special(TokenId id) const;
  const SpecialTokens& special_tokens() const;
  /// What kind it is, for people: "bpe", "unigram", "spm", ...
  std::string_view kind() const;

  class Impl;  // lib/model/text
  explicit Tokenizer(std::shared_ptr<const Impl> impl);

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace hug
