#include "convert/back_tokenizer.h"

#include <algorithm>

#include "arch/checkpoint/sentencepiece.h"
#include "convert/shards.h"
#include "text/gguf_tokenizer.h"
#include "text/tokenizer_files.h"

namespace hug::convert {

namespace {

using arch::SpmModel;
using arch::SpmPiece;
using arch::TokenType;

// Behind the last piece stand added tokens and ids that no token has.
bool ends_pieces(const SpmPiece& piece) {
  const bool added = piece.type == TokenType::kControl ||
                     piece.type == TokenType::kUserDefined;
  return piece.type == TokenType::kUnused || (added && piece.score == -1000.0F);
}

SpmModel pieces_of(const format::GgufMetadata& keys) {
  SpmModel out;
  const auto* tokens = keys.find_strings("tokenizer.ggml.tokens");
  const auto scores = keys.find_number_list("tokenizer.ggml.scores");
  const auto types = keys.find_unsigned_list("tokenizer.ggml.token_type");
  for (std::size_t i = 0; tokens != nullptr && i < tokens->size(); ++i) {
    SpmPiece piece;
    piece.text = (*tokens)[i];
    if (scores && i < scores->size())
      piece.score = static_cast<float>((*scores)[i]);
    if (types && i < types->size() && (*types)[i] >= 1 && (*types)[i] <= 6)
      piece.type = static_cast<TokenType>((*types)[i]);
    out.byte_fallback = out.byte_fallback || piece.type == TokenType::kByte;
    out.pieces.push_back(std::move(piece));
  }
  while (!out.pieces.empty() && ends_pieces(out.pieces.back()))
    out.pieces.pop_back();
  return out;
}

std::string print_spm(const format::GgufMetadata& keys, SpmModel::Kind kind) {
  SpmModel out = pieces_of(keys);
  out.kind = kind;
  const bool unigram = kind == SpmModel::Kind::kUnigram;
  const auto id = [&](const char* name) {
    return keys.find_unsigned("tokenizer.ggml." + std::string(name) +
                              "_token_id");
  };
  out.unk = id("unknown").value_or(unigram ? 2 : 0);
  out.bos = id("bos");
  out.eos = id("eos");
  out.pad = id("padding");
  if (*out.unk < out.pieces.size())
    out.pieces[*out.unk].type = TokenType::kUnknown;
  const auto flag = [&](const char* name, bool fallback) {
    return keys.find_bool("tokenizer.ggml." + std::string(name))
        .value_or(fallback);
  };
  out.add_dummy_prefix = flag("add_space_prefix", true);
  out.remove_extra_whitespaces = flag("remove_extra_whitespaces", false);
  if (const auto map =
          keys.find_number_list("tokenizer.ggml.precompiled_charsmap"))
    for (const double byte : *map)
      out.charsmap += static_cast<char>(static_cast<int>(byte) & 0xff);
  return print_sentencepiece(out);
}

}  // namespace

Result<void> write_tokenizer(Context& context,
                             const format::GgufMetadata& metadata,
                             const std::string& output, ConvertReport& report) {
  if (!text::has_tokenizer(metadata)) {
    report.warnings.emplace_back(
        "the file has no tokenizer, so the folder has none");
    return {};
  }
  auto files = HUG_TRY_WITH(text::make_tokenizer_files(metadata),
                            "writing the tokenizer");
  for (std::string& warning : files.warnings)
    report.warnings.push_back(std::move(warning));
  HUG_TRY(
      write_small(context, output, "tokenizer.json", files.tokenizer, report));
  HUG_TRY(write_small(context, output, "tokenizer_config.json", files.config,
                      report));
  const auto model = metadata.find_string("tokenizer.ggml.model");
  const auto arch = metadata.find_string("general.architecture").value_or("");
  if (model == "llama")
    return write_small(context, output, "tokenizer.model",
                       print_spm(metadata, SpmModel::Kind::kBpe), report);
  if (model == "t5" && arch.starts_with("t5"))
    return write_small(context, output, "spiece.model",
                       print_spm(metadata, SpmModel::Kind::kUnigram), report);
  return {};
}

}  // namespace hug::convert
