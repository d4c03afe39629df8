// Tokens that are found in the text before anything else is done to it:
// control tokens, and words that were added to a vocabulary later.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenize/models/trie.h"
#include "text/tokenize/steps/normalizer.h"

namespace hug::text {

struct AddedToken {
  std::int32_t id = 0;
  std::string content;
  bool single_word = false;  // only where no word character touches it
  bool lstrip = false;       // takes the space before it
  bool rstrip = false;       // takes the space behind it
  bool normalized = false;   // is looked for in normalized text
  bool special = false;      // control: hidden when decoding
};

/// One set of tokens that are looked for together.
class AddedTokens {
 public:
  AddedTokens() = default;
  /// `pattern` is what is looked for; mostly the content.
  void add(const AddedToken& token, std::string_view pattern);

  void seal() { trie_.seal(); }

  bool empty() const { return tokens_.empty(); }

  struct Part {
    std::size_t begin = 0;
    std::size_t end = 0;
    const AddedToken* token = nullptr;  // null: text between
  };

  /// Cuts the text at its tokens, leftmost and then longest first.
  /// `with_special` false: special tokens are plain text.
  std::vector<Part> split(std::string_view text, bool with_special) const;

 private:
  Part find(std::string_view text, std::size_t from, std::size_t done,
            bool with_special) const;

  Trie trie_;
  std::vector<AddedToken> tokens_;
};

}  // namespace hug::text
