#include "arch/checkpoint/unigram.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "data/base64.h"
#include "data/json.h"

namespace hug::arch {

using nlohmann::json;

namespace {

TokenList pieces_of(const SpmModel& model, std::uint64_t n) {
  TokenList out = TokenList::padded(n, true);
  for (std::size_t i = 0; i < model.pieces.size() && i < out.size(); ++i) {
    const SpmPiece& piece = model.pieces[i];
    out.set(i, piece.text, piece.score,
            piece.type == TokenType::kUserDefined ? TokenType::kNormal
                                                  : piece.type);
  }
  return out;
}

UnigramTokens settings_of(const SpmModel& model) {
  UnigramTokens out;
  out.add_prefix = model.add_dummy_prefix;
  out.remove_whitespaces = model.remove_extra_whitespaces;
  out.charsmap = model.charsmap;
  return out;
}

// <s> <pad> </s> <unk>, then the pieces behind the model's own first three;
// the last id is left to the mask.
TokenList realigned(TokenList in) {
  TokenList out;
  const auto put = [&](std::string text, float score, TokenType type) {
    out.text.push_back(std::move(text));
    out.score.push_back(score);
    out.type.push_back(type);
  };
  put("<s>", 0, TokenType::kControl);
  put("<pad>", 0, TokenType::kControl);
  put("</s>", 0, TokenType::kControl);
  put("<unk>", 0, TokenType::kUnknown);
  for (std::size_t i = 3; i + 1 < in.size(); ++i)
    put(std::move(in.text[i]), in.score[i], in.type[i]);
  return out;
}

Result<std::string> charsmap_of(const json& tokenizer) {
  const json* normalizer = data::find_object(tokenizer, "normalizer");
  if (normalizer == nullptr) return std::string();
  const json* found = normalizer;
  if (const json* parts = data::find_array(*normalizer, "normalizers"))
    for (const json& part : *parts)
      if (part.contains("precompiled_charsmap")) found = &part;
  const auto text = data::find_string(*found, "precompiled_charsmap");
  if (!text) return std::string();
  const auto bytes = data::from_base64(*text);
  if (!bytes)
    return Error(Code::kCorrupt, "tokenizer.json has a damaged charsmap");
  std::string out(bytes->size(), '\0');
  std::transform(bytes->begin(), bytes->end(), out.begin(),
                 [](std::byte b) { return static_cast<char>(b); });
  return out;
}

Result<UnigramTokens> from_json(Repository& files, std::uint64_t n_vocab) {
  const json* tokenizer = HUG_TRY(files.json("tokenizer.json"));
  if (tokenizer == nullptr)
    return Error(Code::kNotFound,
                 "the checkpoint has neither 'sentencepiece.bpe.model' nor "
                 "'tokenizer.json'");
  const json* model = data::find_object(*tokenizer, "model");
  const json* vocab =
      model != nullptr ? data::find_array(*model, "vocab") : nullptr;
  if (vocab == nullptr || data::find_string(*model, "type") != "Unigram")
    return Error(Code::kUnsupported, "tokenizer.json is not of type Unigram");
  UnigramTokens out;
  out.tokens =
      TokenList::padded(std::max<std::uint64_t>(n_vocab, vocab->size()), true);
  const auto unknown = data::find_unsigned(*model, "unk_id").value_or(3);
  std::set<std::uint64_t> special;
  std::set<std::uint64_t> added;
  if (const json* list = data::find_array(*tokenizer, "added_tokens"))
    for (const json& token : *list)
      if (const auto id = data::find_unsigned(token, "id"))
        (data::find_bool(token, "special") ? special : added).insert(*id);
  std::uint64_t id = 0;
  for (const json& entry : *vocab) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() ||
        !entry[1].is_number())
      return Error(Code::kCorrupt, "tokenizer.json has a damaged vocabulary");
    const TokenType type = id == unknown          ? TokenType::kUnknown
                           : special.contains(id) ? TokenType::kControl
                           : added.contains(id)   ? TokenType::kUserDefined
                                                  : TokenType::kNormal;
    out.tokens.set(id, entry[0].get<std::string>(), entry[1].get<float>(),
                   type);
    ++id;
  }
  out.charsmap = HUG_TRY(charsmap_of(*tokenizer));
  if (const json* config = HUG_TRY(files.json("tokenizer_config.json"))) {
    out.add_prefix = data::find_bool(*config, "add_prefix_space", true);
    out.remove_whitespaces =
        data::find_bool(*config, "clean_up_tokenization_spaces", true);
  }
  return out;
}

}  // namespace

Result<UnigramTokens> read_t5_tokens(Repository& files, std::uint64_t n_vocab) {
  const std::string path =
      files.has("tokenizer.model") ? "tokenizer.model" : "spiece.model";
  const SpmModel model = HUG_TRY(read_spm(files, path));
  if (model.kind != SpmModel::Kind::kUnigram)
    return Error(Code::kUnsupported, "'" + path + "' is not a unigram model");
  UnigramTokens out = settings_of(model);
  out.tokens = pieces_of(model, n_vocab != 0 ? n_vocab : model.pieces.size());
  const json* added = HUG_TRY(files.json("added_tokens.json"));
  if (added == nullptr || !added->is_object()) return out;
  for (const auto& [text, id] : added->items())
    if (id.is_number_unsigned() && id.get<std::uint64_t>() < out.tokens.size())
      out.tokens.set(id.get<std::uint64_t>(), text, -1000.0F,
                     TokenType::kUserDefined);
  return out;
}

Result<UnigramTokens> read_camembert_tokens(Repository& files,
                                            std::uint64_t n_vocab) {
  if (!files.has("tokenizer.json"))
    return Error(Code::kNotFound,
                 "the checkpoint has no 'tokenizer.json', which alone says the "
                 "ids of a CamemBERT")
        .hint("save its tokenizer with transformers first");
  UnigramTokens out = HUG_TRY(from_json(files, n_vocab));
  // Its tokenizer cuts at white space, whatever tokenizer_config.json says.
  out.remove_whitespaces = true;
  return out;
}

Result<UnigramTokens> read_xlm_tokens(Repository& files,
                                      std::uint64_t n_vocab) {
  constexpr const char* kPath = "sentencepiece.bpe.model";
  if (!files.has(kPath)) return from_json(files, n_vocab);
  const SpmModel model = HUG_TRY(read_spm(files, kPath));
  if (model.kind != SpmModel::Kind::kUnigram)
    return Error(Code::kUnsupported,
                 std::string("'") + kPath + "' is not a unigram model");
  UnigramTokens out = settings_of(model);
  out.tokens = realigned(
      pieces_of(model, std::max<std::uint64_t>(n_vocab, model.pieces.size())));
  return out;
}

}  // namespace hug::arch
