// The models that look words up: WordPiece and WordLevel.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenize/models/flat_map.h"
#include "text/tokenize/models/token_model.h"

namespace hug::text {

/// The longest token a word begins with, then the longest the rest begins with
/// (with a prefix that says so), or the word is unknown.
class WordPiece final : public TokenModel {
 public:
  struct Options {
    std::string unknown = "[UNK]";
    std::string prefix = "##";
    std::size_t max_chars = 100;
  };

  WordPiece(Texts vocabulary, Options options);
  Result<void> encode(std::string_view piece, ModelScratch& scratch,
                      std::vector<Token>& out) const override;

  std::int32_t find(std::string_view token) const override {
    return ids_.find(token);
  }

 private:
  bool find_parts(std::string_view piece, std::vector<Token>& out) const;

  Options options_;
  TextMap ids_;
};

class WordLevel final : public TokenModel {
 public:
  WordLevel(Texts vocabulary, std::string unknown);
  Result<void> encode(std::string_view piece, ModelScratch& scratch,
                      std::vector<Token>& out) const override;

  std::int32_t find(std::string_view token) const override {
    return ids_.find(token);
  }

 private:
  std::string unknown_;
  TextMap ids_;
};

}  // namespace hug::text
