#include "text/tokenize/models/token_model.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "data/json.h"
#include "text/tokenize/models/bpe.h"
#include "text/tokenize/models/unigram.h"
#include "text/tokenize/models/word_models.h"

namespace hug::text {

namespace {

constexpr std::uint64_t kMaxVocabulary = 1u << 22;

Texts texts_of(const std::vector<std::string_view>& list) {
  auto out = std::make_shared<format::StringArray>();
  std::size_t bytes = 0;
  for (const std::string_view text : list)
    bytes += text.size();
  out->reserve(list.size(), bytes);
  for (const std::string_view text : list)
    out->push_back(text);
  return out;
}

// {token: id} as a list by id.
Result<Texts> read_vocabulary(const nlohmann::json& spec) {
  const auto* object = data::find_object(spec, "vocab");
  if (object == nullptr) {
    return Error(Code::kCorrupt, "tokenizer.json: the model has no vocab");
  }
  std::vector<std::string_view> out;
  for (auto it = object->begin(); it != object->end(); ++it) {
    const std::string& token = it.key();
    const auto& value = it.value();
    if (!value.is_number_unsigned() ||
        value.get<std::uint64_t>() >= kMaxVocabulary) {
      return Error(Code::kCorrupt,
                   "tokenizer.json: the id of '" + token + "' is no id");
    }
    const auto id = value.get<std::size_t>();
    if (id >= out.size()) out.resize(id + 1);
    out[id] = token;
  }
  return texts_of(out);
}

using Merge = std::pair<std::string_view, std::string_view>;

// Parts of what `spec` holds.
Result<std::vector<Merge>> read_merges(const nlohmann::json& spec) {
  std::vector<Merge> out;
  const auto* list = data::find_array(spec, "merges");
  if (list == nullptr) {
    return Error(Code::kCorrupt, "tokenizer.json: the model has no merges");
  }
  out.reserve(list->size());
  for (const auto& m : *list) {
    if (m.is_array() && m.size() == 2 && m[0].is_string() && m[1].is_string()) {
      out.emplace_back(m[0].get_ref<const std::string&>(),
                       m[1].get_ref<const std::string&>());
      continue;
    }
    const std::string_view text =
        m.is_string() ? std::string_view(m.get_ref<const std::string&>()) : "";
    if (text.starts_with("#version")) continue;
    const auto blank = text.find(' ');
    if (blank == text.npos || text.find(' ', blank + 1) != text.npos) {
      return Error(Code::kCorrupt,
                   "tokenizer.json: '" + std::string(text) + "' is no merge");
    }
    out.emplace_back(text.substr(0, blank), text.substr(blank + 1));
  }
  return out;
}

Result<TokenModelPtr> make_bpe(const nlohmann::json& spec) {
  Bpe::Options o;
  o.unknown = data::find_string(spec, "unk_token");
  o.prefix = data::find_string(spec, "continuing_subword_prefix").value_or("");
  o.suffix = data::find_string(spec, "end_of_word_suffix").value_or("");
  o.fuse_unknown = data::find_bool(spec, "fuse_unk");
  o.byte_fallback = data::find_bool(spec, "byte_fallback");
  o.ignore_merges = data::find_bool(spec, "ignore_merges");
  auto vocabulary = HUG_TRY(read_vocabulary(spec));
  const auto merges = HUG_TRY(read_merges(spec));
  TextMap ids(vocabulary);
  const auto at = [&](std::size_t i) -> Result<Merge> { return merges[i]; };
  return Bpe::make(std::move(vocabulary), std::move(ids), {merges.size(), at},
                   std::move(o));
}

Result<TokenModelPtr> make_unigram(const nlohmann::json& spec) {
  const auto* list = data::find_array(spec, "vocab");
  if (list == nullptr || list->size() > kMaxVocabulary) {
    return Error(Code::kCorrupt, "tokenizer.json: the model has no vocab");
  }
  std::vector<std::string_view> vocabulary;
  std::vector<double> scores;
  for (const auto& entry : *list) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() ||
        !entry[1].is_number()) {
      return Error(Code::kCorrupt,
                   "tokenizer.json: an entry of vocab is no token with score");
    }
    vocabulary.push_back(entry[0].get_ref<const std::string&>());
    scores.push_back(entry[1].get<double>());
  }
  Unigram::Options o;
  const auto unknown = data::find_unsigned(spec, "unk_id");
  if (unknown && *unknown < kMaxVocabulary) {
    o.unknown_id = static_cast<std::int32_t>(*unknown);
  }
  o.byte_fallback = data::find_bool(spec, "byte_fallback");
  return Unigram::make(texts_of(vocabulary), std::move(scores), o);
}

Result<TokenModelPtr> make_word_piece(const nlohmann::json& spec) {
  WordPiece::Options o;
  o.unknown = data::find_string(spec, "unk_token").value_or("[UNK]");
  o.prefix =
      data::find_string(spec, "continuing_subword_prefix").value_or("##");
  o.max_chars = static_cast<std::size_t>(
      data::find_unsigned(spec, "max_input_chars_per_word").value_or(100));
  auto vocabulary = HUG_TRY(read_vocabulary(spec));
  return TokenModelPtr(
      std::make_unique<WordPiece>(std::move(vocabulary), std::move(o)));
}

// Legacy files do not say what they are.
std::string guess_type(const nlohmann::json& spec) {
  if (data::find_array(spec, "merges") != nullptr) return "BPE";
  if (data::find_array(spec, "vocab") != nullptr) return "Unigram";
  if (data::find_string(spec, "continuing_subword_prefix")) return "WordPiece";
  return "WordLevel";
}

}  // namespace

Result<TokenModelPtr> make_token_model(const nlohmann::json& spec) {
  const std::string type =
      data::find_string(spec, "type").value_or(guess_type(spec));
  if (type == "BPE") return make_bpe(spec);
  if (type == "Unigram") return make_unigram(spec);
  if (type == "WordPiece") return make_word_piece(spec);
  if (type == "WordLevel") {
    auto vocabulary = HUG_TRY(read_vocabulary(spec));
    return TokenModelPtr(std::make_unique<WordLevel>(
        std::move(vocabulary),
        data::find_string(spec, "unk_token").value_or("<unk>")));
  }
  return Error(Code::kUnsupported,
               "tokenizer.json: unknown model '" + type + "'");
}

}  // namespace hug::text
