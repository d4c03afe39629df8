// The tokens of a checkpoint's vocabulary, read from the files of its tokenizer
// into the form that gguf keys have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arch/checkpoint/repository.h"
#include "arch/checkpoint/sentencepiece.h"
#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::arch {

/// Tokens while they are put together.
struct TokenList {
  std::vector<std::string> text = {};
  std::vector<float> score = {};  // empty: the kind has none
  std::vector<TokenType> type = {};

  /// n tokens "[PADi]" that nothing uses.
  static TokenList padded(std::uint64_t n, bool scores);

  std::size_t size() const noexcept { return text.size(); }

  void set(std::uint64_t id, std::string token, float value, TokenType kind);
  void write(format::GgufMetadata& out) const;
};

/// Tokens of tokenizer.json with added tokens, as the byte-level and WordPiece
/// kinds have them.
Result<TokenList> read_json_tokens(Repository& files, std::uint64_t n_vocab);
/// Tokens of a SentencePiece model, with added_tokens.json and
/// tokenizer_config.json on top.
Result<TokenList> read_spm_tokens(Repository& files, const SpmModel& model,
                                  std::uint64_t n_vocab);
Result<SpmModel> read_spm(Repository& files, const std::string& path);
/// Llama's form of a byte-fallback BPE that has tokenizer.json only; nothing
/// when it is not of that kind.
Result<std::optional<TokenList>> read_llama_json_tokens(Repository& files);
/// A score a token that joins pieces in the order of tokenizer.json's merges:
/// the sooner the higher. Empty when there are no merges.
Result<std::vector<float>> read_merge_scores(Repository& files,
                                             const TokenList& tokens);
/// Does the text look like a control token although nobody says so?
bool looks_special(std::string_view token);

}  // namespace hug::arch
