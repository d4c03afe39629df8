// Unigram vocabularies of T5, XLM-RoBERTa and CamemBERT.
#pragma once

#include <cstdint>
#include <string>

#include "arch/checkpoint/tokens.h"

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
/// From tokenizer.json: how the ids follow from CamemBERT's SentencePiece model
/// is written nowhere but in its tokenizer's program. Errors: kNotFound.
Result<UnigramTokens> read_camembert_tokens(Repository& files,
                                            std::uint64_t n_vocab);

}  // namespace hug::arch
