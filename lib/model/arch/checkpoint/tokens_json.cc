// Tokens of tokenizer.json.
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "arch/checkpoint/added_form.h"
#include "arch/checkpoint/tokens.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "data/json.h"

namespace hug::arch {

using nlohmann::json;

namespace {

struct Added {
  bool special = false;
  bool normalized = false;
};

// Texts that tokenizer_config.json names as bos, eos and so on: transformers
// makes control tokens of them.
std::set<std::string> named_tokens(const json* config) {
  std::set<std::string> out;
  if (config == nullptr) return out;
  const auto take = [&](const json& entry) {
    if (entry.is_string()) out.insert(entry.get<std::string>());
    if (const auto content = data::find_string(entry, "content"))
      out.insert(*content);
  };
  for (const char* kind : {"bos_token", "eos_token", "unk_token", "sep_token",
                           "pad_token", "cls_token", "mask_token"})
    if (const json* entry = data::find_member(*config, kind)) take(*entry);
  if (const json* list = data::find_array(*config, "additional_special_tokens"))
    for (const json& entry : *list)
      take(entry);
  return out;
}

Result<std::map<std::uint64_t, std::string>> vocabulary_of(
    const json& tokenizer) {
  const json* model = data::find_object(tokenizer, "model");
  const json* vocab =
      model != nullptr ? data::find_member(*model, "vocab") : nullptr;
  std::map<std::uint64_t, std::string> out;
  if (vocab == nullptr)
    return Error(Code::kCorrupt, "tokenizer.json has no vocabulary");
  if (vocab->is_array()) {  // Unigram: pairs of text and score
    std::uint64_t id = 0;
    for (const json& entry : *vocab) {
      if (!entry.is_array() || entry.empty() || !entry[0].is_string())
        return Error(Code::kCorrupt, "tokenizer.json has a token without text");
      out.emplace(id++, entry[0].get<std::string>());
    }
    return out;
  }
  for (const auto& [text, id] : vocab->items()) {
    if (!id.is_number_unsigned())
      return Error(Code::kCorrupt, "tokenizer.json has a token without id");
    out[id.get<std::uint64_t>()] = text;
  }
  return out;
}

std::map<std::string, Added> added_of(
    const json& tokenizer, const json* config,
    std::map<std::uint64_t, std::string>& vocabulary) {
  std::map<std::string, Added> out;
  std::set<std::string> known;
  if (const json* list = data::find_array(tokenizer, "added_tokens")) {
    for (const json& token : *list) {
      const auto id = data::find_unsigned(token, "id");
      const auto text = data::find_string(token, "content");
      if (!id || !text) continue;
      vocabulary[*id] = *text;
      out[*text] = {data::find_bool(token, "special"),
                    data::find_bool(token, "normalized", true)};
    }
  }
  const auto named = named_tokens(config);
  if (named.empty()) return out;
  for (const auto& [id, text] : vocabulary)
    if (named.contains(text)) {
      const auto it = out.find(text);
      if (it == out.end()) out[text] = {true, false};
    }
  return out;
}

}  // namespace

Result<TokenList> read_json_tokens(Repository& files, std::uint64_t n_vocab) {
  const json* tokenizer = HUG_TRY(files.json("tokenizer.json"));
  if (tokenizer == nullptr)
    return Error(Code::kNotFound, "the checkpoint has no 'tokenizer.json'")
        .hint("convert its tokenizer with transformers first");
  const json* config = HUG_TRY(files.json("tokenizer_config.json"));
  auto vocabulary = HUG_TRY(vocabulary_of(*tokenizer));
  const auto added = added_of(*tokenizer, config, vocabulary);
  if (n_vocab == 0) n_vocab = vocabulary.size();
  if (!vocabulary.empty() && vocabulary.rbegin()->first >= n_vocab)
    return Error(Code::kCorrupt,
                 "token " + std::to_string(vocabulary.rbegin()->first) +
                     " lies outside the vocabulary of " +
                     std::to_string(n_vocab) + " that config.json claims");
  TokenList out = TokenList::padded(n_vocab, false);
  for (const auto& [id, text] : vocabulary) {
    const auto it = added.find(text);
    if (it == added.end()) {
      out.set(id, text, 0, TokenType::kNormal);
      continue;
    }
    const std::string form =
        it->second.normalized ? text : decoded_form(*tokenizer, text);
    if (it->second.special || looks_special(form)) {
      out.set(id, form, 0, TokenType::kControl);
    } else {
      out.set(id, base::replace_all(form, "\xe2\x96\x81", " "), 0,
              TokenType::kUserDefined);
    }
  }
  return out;
}

}  // namespace hug::arch
