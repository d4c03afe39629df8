// A SentencePiece model (tokenizer.model, spiece.model): a protocol buffer of
// which only the pieces and a few settings matter here.
//
//   ModelProto        1 pieces (repeated)  2 trainer_spec  3 normalizer_spec
//   piece             1 text  2 score (f32)  3 type
//   trainer_spec      3 model_type  4 vocab_size  35 byte_fallback
//                     40 unk_id  41 bos_id  42 eos_id  43 pad_id
//   normalizer_spec   2 precompiled_charsmap  3 add_dummy_prefix
//                     4 remove_extra_whitespaces
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/result.h"

namespace hug::arch {

enum class TokenType : std::int32_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

struct SpmPiece {
  std::string text = {};
  float score = 0;
  TokenType type = TokenType::kNormal;
};

struct SpmModel {
  enum class Kind : std::uint8_t {
    kUnigram = 1,
    kBpe = 2,
    kWord = 3,
    kChar = 4
  };
  Kind kind = Kind::kUnigram;
  std::vector<SpmPiece> pieces = {};
  std::string charsmap = {};
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  // Only for who writes one.
  bool byte_fallback = false;
  std::optional<std::uint64_t> unk = {};
  std::optional<std::uint64_t> bos = {};
  std::optional<std::uint64_t> eos = {};
  std::optional<std::uint64_t> pad = {};
};

/// Errors: kCorrupt.
Result<SpmModel> parse_sentencepiece(std::string_view bytes);
std::string print_sentencepiece(const SpmModel& model);

}  // namespace hug::arch
