// Inside write_vocabulary: the keys of each kind of vocabulary.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "arch/checkpoint/special_tokens.h"
#include "arch/checkpoint/tokens.h"
#include "arch/checkpoint/vocabulary.h"

namespace hug::arch {

/// Writes the keys of one kind of vocabulary.
class VocabularyWriter {
 public:
  VocabularyWriter(Repository& files, const Config& config,
                   const VocabularyOptions& options, format::GgufMetadata& out)
      : files_(files), config_(config), options_(options), out_(out) {}

  Result<VocabularyResult> write(const Family& family) {
    HUG_TRY(dispatch(family.vocabulary));
    return std::move(result_);
  }

 private:
  Result<void> dispatch(Vocabulary kind);
  // Of tokenizer.json.
  Result<void> bpe();
  Result<void> normal_form();
  Result<void> glm4();
  Result<void> wordpiece();
  // Of SentencePiece.
  Result<void> spm();
  Result<void> llama();
  Result<void> gemma();
  Result<void> phi3();
  Result<void> unigram(Vocabulary kind);

  Result<std::string> known_pre();
  Result<std::uint64_t> n_vocab() const;
  Result<void> head(std::string_view model, std::string_view pre);
  Result<void> special(SpecialTokens::Options options);
  Result<void> write_spm(const TokenList& tokens);

  void set(std::string_view key, format::GgufValue value) {
    out_.set(key, std::move(value));
  }

  Result<std::string> tokenizer_class();

  Repository& files_;
  const Config& config_;
  const VocabularyOptions& options_;
  format::GgufMetadata& out_;
  VocabularyResult result_;
};

}  // namespace hug::arch
