#include "text/tokenizer_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/base64.h"
#include "data/json.h"
#include "text/gguf_tokenizer.h"
#include "text/tokenize/models/gguf_vocabulary.h"
#include "text/tokenize/models/print_model.h"
#include "text/tokenize/steps/pre_names.h"

namespace hug::text {

namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view kMark = "\xe2\x96\x81";

json replace_text(const char* kind, const char* from, std::string_view to) {
  return {{"type", "Replace"}, {"pattern", {{kind, from}}}, {"content", to}};
}

json sequence(const char* list, json parts) {
  if (parts.empty()) return nullptr;
  if (parts.size() == 1) return parts[0];
  json out = {{"type", "Sequence"}};
  out[list] = std::move(parts);
  return out;
}

class FilesMaker {
 public:
  FilesMaker(const format::GgufMetadata& keys, GgufVocabulary vocabulary)
      : keys_(keys), v_(std::move(vocabulary)) {}

  Result<TokenizerFiles> make();

 private:
  void name_tokens();
  void name_special(const std::optional<TokenId>& id, std::string_view name);
  std::string name_of(std::size_t i) const;
  bool is_padding(std::size_t i) const;
  bool is_added(std::size_t i) const;

  json added_tokens() const;
  json normalizer() const;
  json bpe_normalizer() const;
  json unigram_normalizer() const;
  json pre_tokenizer() const;
  json metaspace(bool prepends) const;
  json decoder() const;
  json post_processor() const;
  json added_decoder() const;
  json config() const;
  void set_special(json& out) const;
  void set_template(json& out) const;
  Result<ModelText> model() const;

  std::string text_of(TokenId id) const {
    return names_[static_cast<std::size_t>(id)];
  }

  bool by_bytes() const {
    const PreName* pre = find_pre_name(v_.pre);
    return v_.model == "gpt2" && (pre == nullptr || pre->by_bytes);
  }

  const format::GgufMetadata& keys_;
  GgufVocabulary v_;
  std::vector<std::string> names_;  // empty: of no token
};

// Ids that config.json counts and no tokenizer has.
bool FilesMaker::is_padding(std::size_t i) const {
  std::string_view text = v_.text(i);
  if (v_.kinds[i] != TokenKind::kUnused) return false;
  if (v_.model == "bert" && text.starts_with(kMark))
    text.remove_prefix(kMark.size());
  return text == "[PAD" + std::to_string(i) + "]";
}

bool FilesMaker::is_added(std::size_t i) const {
  const TokenKind k = v_.kinds[i];
  return !names_[i].empty() &&
         (k == TokenKind::kControl || k == TokenKind::kUserDefined ||
          k == TokenKind::kUnknown);
}

std::string FilesMaker::name_of(std::size_t i) const {
  const std::string text(v_.text(i));
  const TokenKind k = v_.kinds[i];
  if (is_padding(i)) return {};
  // Of equal texts the first has the name.
  if (v_.model != "t5" && v_.ids.find(text) != static_cast<TokenId>(i))
    return {};
  const bool word = v_.model == "bert" && k != TokenKind::kControl &&
                    k != TokenKind::kUnknown;
  if (!word) return text;
  return text.starts_with(kMark) ? text.substr(kMark.size()) : "##" + text;
}

// A special token that the vocabulary counts but does not name.
void FilesMaker::name_special(const std::optional<TokenId>& id,
                              std::string_view name) {
  if (!id) return;
  const auto i = static_cast<std::size_t>(*id);
  if (!names_[i].empty() || v_.ids.find(name) >= 0) return;
  names_[i] = name;
  v_.kinds[i] = TokenKind::kControl;
}

void FilesMaker::name_tokens() {
  names_.reserve(v_.size());
  for (std::size_t i = 0; i < v_.size(); ++i)
    names_.push_back(name_of(i));
  name_special(v_.special.mask, "<mask>");
  name_special(v_.special.padding, "<pad>");
}

json FilesMaker::added_tokens() const {
  json out = json::array();
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (!is_added(i)) continue;
    const auto [left, right] = v_.strips(static_cast<TokenId>(i));
    out.push_back({{"id", i},
                   {"content", names_[i]},
                   {"single_word", false},
                   {"lstrip", left},
                   {"rstrip", right},
                   {"normalized", false},
                   {"special", v_.kinds[i] != TokenKind::kUserDefined}});
  }
  return out;
}

json FilesMaker::bpe_normalizer() const {
  json parts = json::array();
  if (!v_.normalizer.empty()) parts.push_back({{"type", v_.normalizer}});
  if (!by_bytes()) parts.push_back(replace_text("String", " ", kMark));
  return sequence("normalizers", std::move(parts));
}

// Blanks as the keys say; the library's own parts would also cut at others.
json FilesMaker::unigram_normalizer() const {
  json parts = json::array();
  if (!v_.charsmap.empty())
    parts.push_back({{"type", "Precompiled"},
                     {"precompiled_charsmap", data::to_base64(v_.charsmap)}});
  if (v_.remove_extra_whitespace) {
    parts.push_back(replace_text("Regex", "^ +| +$", ""));
    parts.push_back(replace_text("Regex", " {2,}", " "));
  }
  // Metaspace would not prepend to what begins so already.
  parts.push_back(replace_text("String", " ", kMark));
  if (v_.add_space_prefix)
    parts.push_back({{"type", "Prepend"}, {"prepend", kMark}});
  return sequence("normalizers", std::move(parts));
}

json FilesMaker::normalizer() const {
  if (v_.model == "bert")
    return {{"type", "BertNormalizer"},
            {"clean_text", true},
            {"handle_chinese_chars", true},
            {"strip_accents", v_.strip_accents},
            {"lowercase", v_.lowercase}};
  if (v_.model == "t5") return unigram_normalizer();
  if (v_.model != "llama") return bpe_normalizer();
  json parts = json::array();
  if (v_.add_space_prefix)
    parts.push_back({{"type", "Prepend"}, {"prepend", kMark}});
  parts.push_back(replace_text("String", " ", kMark));
  return sequence("normalizers", std::move(parts));
}

json FilesMaker::metaspace(bool prepends) const {
  // Pieces that span words want text in one.
  bool spans = false;
  for (std::size_t i = 0; i < v_.size() && !spans; ++i) {
    const std::string_view token = v_.text(i);
    spans = token.find(kMark, 1) != token.npos && token != kMark;
  }
  return {{"type", "Metaspace"},
          {"replacement", kMark},
          {"prepend_scheme", prepends ? "always" : "never"},
          {"split", !spans}};
}

json FilesMaker::pre_tokenizer() const {
  if (v_.model == "bert") return {{"type", "BertPreTokenizer"}};
  if (v_.model == "t5") return metaspace(false);
  if (v_.model == "llama") return nullptr;
  json parts = json::array();
  const PreName* pre = find_pre_name(v_.model == "gemma4" ? "gemma4" : v_.pre);
  if (pre == nullptr) return nullptr;  // print_bpe_model says so
  for (const std::string_view pattern : pre->patterns)
    parts.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", pattern}}},
                     {"behavior", "Isolated"},
                     {"invert", false}});
  if (by_bytes())
    parts.push_back({{"type", "ByteLevel"},
                     {"add_prefix_space", false},
                     {"trim_offsets", true},
                     {"use_regex", false}});
  return sequence("pretokenizers", std::move(parts));
}

json FilesMaker::decoder() const {
  if (v_.model == "bert")
    return {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}};
  if (v_.model == "t5") return metaspace(v_.add_space_prefix);
  if (by_bytes())
    return {{"type", "ByteLevel"},
            {"add_prefix_space", true},
            {"trim_offsets", true},
            {"use_regex", true}};
  json parts = {replace_text("String", kMark.data(), " "),
                {{"type", "ByteFallback"}},
                {{"type", "Fuse"}}};
  if (v_.model == "llama" && v_.add_space_prefix)
    parts.push_back(
        {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  return sequence("decoders", std::move(parts));
}

// What is put around a text, and around two.
json FilesMaker::post_processor() const {
  json single = json::array();
  json pair = json::array();
  json tokens = json::object();
  const auto put = [&](json& to, const std::optional<TokenId>& id, int type) {
    if (!id || text_of(*id).empty()) return;
    const std::string name = text_of(*id);
    to.push_back({{"SpecialToken", {{"id", name}, {"type_id", type}}}});
    tokens[name] = {{"id", name}, {"ids", {*id}}, {"tokens", {name}}};
  };
  const auto text = [](json& to, const char* name, int type) {
    to.push_back({{"Sequence", {{"id", name}, {"type_id", type}}}});
  };
  const auto put_all = [&](json& to, const std::vector<TokenId>& ids,
                           int type) {
    for (const TokenId id : ids)
      put(to, id, type);
  };
  const auto begin = v_.add_bos ? v_.special.bos : std::nullopt;
  put(single, begin, 0);
  text(single, "A", 0);
  put_all(single, v_.ending(), 0);
  put(pair, begin, 0);
  text(pair, "A", 0);
  put_all(pair, v_.between(), 0);
  // A text of decoders begins anew.
  if (v_.between().empty()) put(pair, begin, 1);
  text(pair, "B", 1);
  put_all(pair, v_.ending(), 1);
  json parts = json::array();
  if (by_bytes())
    parts.push_back({{"type", "ByteLevel"},
                     {"add_prefix_space", true},
                     {"trim_offsets", false},
                     {"use_regex", true}});
  if (single.size() > 1)
    parts.push_back({{"type", "TemplateProcessing"},
                     {"single", single},
                     {"pair", pair},
                     {"special_tokens", tokens}});
  return sequence("processors", std::move(parts));
}

void FilesMaker::set_special(json& out) const {
  const auto set = [&](const char* name, std::string_view key) {
    const auto id =
        keys_.find_unsigned("tokenizer.ggml." + std::string(key) + "_token_id");
    if (id && *id < names_.size() && !names_[*id].empty())
      out[name] = names_[*id];
  };
  const bool encoder = v_.special.separator.has_value();
  if (v_.model != "bert") {
    set("bos_token", "bos");
    set("eos_token", "eos");
  }
  set("unk_token", "unknown");
  set("sep_token", "seperator");  // as the format spells it
  set("pad_token", "padding");
  if (encoder) set("cls_token", "bos");
  set("mask_token", "mask");
}

// One is a string, several are a list.
void FilesMaker::set_template(json& out) const {
  constexpr std::string_view kKey = "tokenizer.chat_template";
  const auto main = keys_.find_string(kKey);
  json all = json::array();
  for (const auto& [key, value] : keys_) {
    if (!key.starts_with(kKey) || key.size() <= kKey.size() + 1 ||
        key[kKey.size()] != '.')
      continue;
    if (const auto* text = std::get_if<std::string>(&value))
      all.push_back(
          {{"name", key.substr(kKey.size() + 1)}, {"template", *text}});
  }
  if (all.empty()) {
    if (main) out["chat_template"] = *main;
    return;
  }
  if (main) all.insert(all.begin(), {{"name", "default"}, {"template", *main}});
  out["chat_template"] = std::move(all);
}

// Of a SentencePiece model only what is not in it.
json FilesMaker::added_decoder() const {
  json out = json::object();
  for (const json& token : added_tokens()) {
    const auto id = token["id"].get<std::size_t>();
    if (v_.model == "llama" && v_.scores[id] != -1000.0F) continue;
    if (v_.model == "t5") continue;
    json entry = token;
    entry.erase("id");
    out[std::to_string(id)] = std::move(entry);
  }
  return out;
}

json FilesMaker::config() const {
  json out = json::object();
  const bool words = v_.model == "bert";
  if (!words) {
    out["add_bos_token"] = v_.add_bos;
    out["add_eos_token"] = v_.add_eos;
  }
  if (keys_.contains("tokenizer.ggml.add_space_prefix"))
    out["add_prefix_space"] = v_.add_space_prefix;
  // Also what tells of blanks where there is no sentencepiece model.
  out["clean_up_tokenization_spaces"] =
      v_.model == "t5" ? v_.remove_extra_whitespace : v_.clean_spaces;
  if (words) out["do_lower_case"] = v_.lowercase;
  const std::string arch(
      keys_.find_string("general.architecture").value_or(""));
  if (const auto n = keys_.find_unsigned(arch + ".context_length"))
    out["model_max_length"] = *n;
  // Decoders do not take what encoders do.
  if (!v_.special.separator)
    out["model_input_names"] = {"input_ids", "attention_mask"};
  out["tokenizer_class"] = arch == "phi3" && v_.model == "gpt2"
                               ? "GPT2Tokenizer"
                               : "PreTrainedTokenizerFast";
  out["added_tokens_decoder"] = added_decoder();
  set_special(out);
  set_template(out);
  return out;
}

Result<ModelText> FilesMaker::model() const {
  const NamedVocabulary named{v_, merges_of(keys_), names_};
  if (v_.model == "llama") return print_spm_model(named);
  if (v_.model == "bert") return print_wordpiece_model(named);
  if (v_.model == "t5") return print_unigram_model(named);
  return print_bpe_model(named);
}

Result<TokenizerFiles> FilesMaker::make() {
  name_tokens();
  ModelText printed = HUG_TRY(model());
  TokenizerFiles out;
  out.warnings = std::move(printed.warnings);
  const bool ours = keys_.contains("hug.recipe");
  if (by_bytes() && !ours)
    out.warnings.emplace_back(
        "the file does not tell whether text is normalized before it is cut; "
        "tokenizer.json does not");
  const auto print = [](const json& part) { return data::dump_json(part); };
  out.tokenizer =
      "{\n\"version\": \"1.0\",\n\"truncation\": null,"
      "\n\"padding\": null,";
  for (const auto& [name, part] :
       {std::pair("added_tokens", added_tokens()),
        std::pair("normalizer", normalizer()),
        std::pair("pre_tokenizer", pre_tokenizer()),
        std::pair("post_processor", post_processor()),
        std::pair("decoder", decoder())})
    out.tokenizer += "\n\"" + std::string(name) + "\": " + print(part) + ",";
  out.tokenizer += "\n\"model\": " + printed.json + "\n}\n";
  out.config = data::dump_json(config(), {.indent = 2}) + "\n";
  return out;
}

}  // namespace

Result<TokenizerFiles> make_tokenizer_files(
    const format::GgufMetadata& metadata) {
  return FilesMaker(metadata, HUG_TRY(read_gguf_vocabulary(metadata))).make();
}

}  // namespace hug::text
