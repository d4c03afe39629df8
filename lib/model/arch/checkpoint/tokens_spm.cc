// Tokens of SentencePiece models.
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "arch/checkpoint/tokens.h"
#include "base/strings.h"
#include "data/json.h"

namespace hug::arch {

using nlohmann::json;

namespace {

constexpr float kAddedScore = -1000.0F;

// Words added by hand; control tokens are told apart by tokenizer_config.json.
Result<void> overlay_added_tokens(Repository& files, TokenList& out) {
  const json* added = HUG_TRY(files.json("added_tokens.json"));
  if (added == nullptr || !added->is_object()) return {};
  for (const auto& [text, id] : added->items()) {
    if (!id.is_number_unsigned()) continue;
    const auto at = id.get<std::uint64_t>();
    if (at < out.size())
      out.set(at, text, kAddedScore, TokenType::kUserDefined);
  }
  return {};
}

Result<void> overlay_decoder(Repository& files, TokenList& out) {
  const json* config = HUG_TRY(files.json("tokenizer_config.json"));
  if (config == nullptr) return {};
  const json* decoder = data::find_object(*config, "added_tokens_decoder");
  if (decoder == nullptr) return {};
  for (const auto& [key, token] : decoder->items()) {
    const auto id = base::parse_unsigned(key);
    auto text = data::find_string(token, "content");
    if (!id || *id >= out.size() || !text) continue;
    if (data::find_bool(token, "special") || looks_special(*text)) {
      out.set(*id, *text, kAddedScore, TokenType::kControl);
    } else {
      out.set(*id, base::replace_all(*text, "\xe2\x96\x81", " "), kAddedScore,
              TokenType::kUserDefined);
    }
  }
  return {};
}

bool is_byte_token(std::string_view text) {
  const auto hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
  };
  return text.size() == 6 && text.starts_with("<0x") && text.ends_with('>') &&
         hex(text[3]) && hex(text[4]);
}

bool is_llama_bpe(const json& tokenizer) {
  const json* model = data::find_object(tokenizer, "model");
  const json* decoder = data::find_object(tokenizer, "decoder");
  return model != nullptr && decoder != nullptr &&
         data::find_string(*model, "type") == "BPE" &&
         data::find_bool(*model, "byte_fallback") &&
         data::find_string(*decoder, "type") == "Sequence";
}

}  // namespace

Result<SpmModel> read_spm(Repository& files, const std::string& path) {
  const auto bytes = HUG_TRY(files.text(path));
  if (!bytes)
    return Error(Code::kNotFound, "the checkpoint has no '" + path + "'");
  return HUG_TRY_WITH(parse_sentencepiece(*bytes), "reading '" + path + "'");
}

Result<TokenList> read_spm_tokens(Repository& files, const SpmModel& model,
                                  std::uint64_t n_vocab) {
  TokenList out = TokenList::padded(n_vocab, true);
  for (std::size_t i = 0; i < model.pieces.size() && i < out.size(); ++i) {
    const SpmPiece& piece = model.pieces[i];
    // The reference does not tell user-defined pieces from normal ones.
    const TokenType type =
        piece.type == TokenType::kUserDefined ? TokenType::kNormal : piece.type;
    out.set(i, piece.text, piece.score, type);
  }
  HUG_TRY(overlay_added_tokens(files, out));
  HUG_TRY(overlay_decoder(files, out));
  return out;
}

Result<std::optional<TokenList>> read_llama_json_tokens(Repository& files) {
  const json* tokenizer = HUG_TRY(files.json("tokenizer.json"));
  if (tokenizer == nullptr || !is_llama_bpe(*tokenizer))
    return std::optional<TokenList>();
  const json* vocab =
      data::find_object(*data::find_object(*tokenizer, "model"), "vocab");
  if (vocab == nullptr)
    return Error(Code::kCorrupt, "tokenizer.json has no vocabulary");
  TokenList out;
  out.text.resize(vocab->size());
  out.score.assign(vocab->size(), kAddedScore);
  out.type.assign(vocab->size(), TokenType::kNormal);
  for (const auto& [text, id] : vocab->items()) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= out.size())
      return Error(Code::kCorrupt,
                   "tokenizer.json has a vocabulary with holes");
    const auto at = id.get<std::uint64_t>();
    out.text[at] = text;
    if (is_byte_token(text)) out.type[at] = TokenType::kByte;
  }
  const std::size_t n_base = out.size();
  if (const json* added = data::find_array(*tokenizer, "added_tokens")) {
    for (const json& token : *added) {
      const auto id = data::find_unsigned(token, "id");
      const auto text = data::find_string(token, "content");
      if (!id || !text) continue;
      const TokenType type = data::find_bool(token, "special")
                                 ? TokenType::kControl
                                 : TokenType::kUserDefined;
      if (*id < n_base) {
        if (type == TokenType::kControl && out.type[*id] != TokenType::kByte)
          out.type[*id] = type;
      } else if (*id == out.size()) {
        out.text.push_back(*text);
        out.score.push_back(kAddedScore);
        out.type.push_back(type);
      }
    }
  }
  return std::optional<TokenList>(std::move(out));
}

Result<std::vector<float>> read_merge_scores(Repository& files,
                                             const TokenList& tokens) {
  std::vector<float> out;
  const json* tokenizer = HUG_TRY(files.json("tokenizer.json"));
  const json* model =
      tokenizer != nullptr ? data::find_object(*tokenizer, "model") : nullptr;
  const json* merges =
      model != nullptr ? data::find_array(*model, "merges") : nullptr;
  if (merges == nullptr || merges->empty()) return out;
  std::unordered_map<std::string_view, std::size_t> ids;
  for (std::size_t i = 0; i < tokens.size(); ++i)
    ids.emplace(tokens.text[i], i);
  const auto worst = -static_cast<float>(merges->size());
  out.assign(tokens.size(), worst);
  std::string joined;
  for (std::size_t rank = merges->size(); rank-- > 0;) {
    const json& merge = (*merges)[rank];
    joined.clear();
    if (merge.is_string()) {
      joined = merge.get_ref<const std::string&>();
      if (const auto blank = joined.find(' ', 1); blank != joined.npos)
        joined.erase(blank, 1);
    } else if (merge.is_array()) {
      for (const json& part : merge)
        if (part.is_string()) joined += part.get_ref<const std::string&>();
    }
    const auto it = ids.find(joined);
    if (it != ids.end()) out[it->second] = -static_cast<float>(rank);
  }
  return out;
}

bool looks_special(std::string_view token) {
  for (const std::string_view known : {"<pad>", "<mask>", "<2mass>", "[@BOS@]"})
    if (token == known) return true;
  constexpr std::string_view kOpen = "<\xef\xbd\x9c";  // "<" and a wide bar
  constexpr std::string_view kClose = "\xef\xbd\x9c>";
  return (token.starts_with("<|") && token.ends_with("|>")) ||
         (token.starts_with(kOpen) && token.ends_with(kClose)) ||
         (token.starts_with("<unused") && token.ends_with('>'));
}

}  // namespace hug::arch
