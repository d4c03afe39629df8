// The Unigram model: of all ways to cut a piece into tokens the one with the
// largest sum of scores (Viterbi).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenize/models/flat_map.h"
#include "text/tokenize/models/token_model.h"
#include "text/tokenize/models/trie.h"

namespace hug::text {

class Unigram final : public TokenModel {
 public:
  struct Options {
    std::int32_t unknown_id = -1;  // -1: none
    bool byte_fallback = false;
  };

  /// One score a token. Errors: kCorrupt.
  static Result<TokenModelPtr> make(Texts vocabulary,
                                    std::vector<double> scores,
                                    Options options);

  std::unique_ptr<ModelScratch> make_scratch() const override;
  Result<void> encode(std::string_view piece, ModelScratch& scratch,
                      std::vector<Token>& out) const override;

  std::int32_t find(std::string_view token) const override {
    return ids_.find(token);
  }

 private:
  struct Scratch;

  Unigram(Texts vocabulary, std::vector<double> scores, Options options)
      : TokenModel(std::move(vocabulary)),
        options_(options),
        ids_(vocabulary_),
        scores_(std::move(scores)) {}

  void find_best_path(std::string_view piece, Scratch& scratch) const;
  Result<void> add_unknown(std::string_view piece, Token token,
                           std::vector<Token>& out) const;

  Options options_;
  TextMap ids_;
  Trie trie_;
  std::vector<double> scores_;
  double unknown_score_ = 0;
  std::array<std::int32_t, 256> fallback_ids_{};
};

}  // namespace hug::text
