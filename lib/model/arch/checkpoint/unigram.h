// Unigram vocabularies of T5 and XLM-RoBERTa.
#pragma once

#include <cstdint>
#include <string>

#include "arch/checkpoint/vocabulary.h"

namespace hug::arch {

struct UnigramTokens {
  TokenList tokens = {};
  bool add_prefix = true;
  bool remove_whitespaces = true;
  std::string charsmap = {};
};

/// From tokenizer.model or spiece.model. `n_vocab` 0: as many as it has.
Result<UnigramTokens> read_t5_tokens(Repository& files, std::uint64_t n_vocab);
/// From sentencepiece.bpe.model, whose first pieces stand in another order
/// than the ids, or from tokenizer.json.
Result<UnigramTokens> read_xlm_tokens(Repository& files, std::uint64_t n_vocab);

}  // namespace hug::arch
