#include "arch/checkpoint/pre_tokenizer.h"

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/strings.h"
#include "data/json.h"
#include "hug/tokenizer.h"
#include "text/json_tokenizer.h"

namespace hug::arch {

using nlohmann::json;

namespace {

// Patterns as they stand in tokenizer.json. C is the English contractions, in
// any of the ways people write them.
#define HUG_C "C|"
#define HUG_LETTERS "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
#define HUG_REST "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define HUG_SIGNS " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
#define HUG_UPPER "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define HUG_LOWER "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define HUG_START "[^\\r\\n\\p{L}\\p{N}]?"
#define HUG_DEEPSEEK                                                       \
  "split:\\p{N}{1,3};split:[\xe4\xb8\x80-\xe9\xbe\xa5\xe3\x81\x80-"        \
  "\xe3\x82\x9f\xe3\x82\xa0-\xe3\x83\xbf]+;split:[!\"#$%&'()*+,\\-./:;<=>" \
  "?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?"             \
  "[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" HUG_REST ";"

struct Structure {
  std::string_view parts;
  std::string_view name;
};

constexpr Structure kStructures[] = {
    {"gpt2;", "gpt-2"},
    {"digits:1;gpt2;", "smollm"},
    {"split:\\p{N};gpt2;", "smollm"},
    {"split:" HUG_C HUG_LETTERS "\\p{N}{1,3}|" HUG_SIGNS HUG_REST ";",
     "llama-bpe"},
    {"split:" HUG_C HUG_LETTERS "\\p{N}|" HUG_SIGNS HUG_REST ";", "qwen2"},
    {"split:" HUG_C "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| "
     "?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" HUG_REST ";",
     "qwen35"},
    {"split:" HUG_START HUG_UPPER "*" HUG_LOWER "+C?|" HUG_START HUG_UPPER
     "+" HUG_LOWER "*C?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" HUG_REST
     ";",
     "gpt-4o"},
    {"split:" HUG_START HUG_UPPER "*" HUG_LOWER "+|" HUG_START HUG_UPPER
     "+" HUG_LOWER "*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" HUG_REST ";",
     "tekken"},
    {HUG_DEEPSEEK, "deepseek-v3"},
    {"punctuation;gpt2;digits:0;split:[0-9][0-9][0-9];", "falcon"},
    {"bert;", "bert-bge"},
};

// Every way of writing the contractions becomes C.
std::string with_contractions(std::string pattern) {
  for (const std::string_view form :
       {"(?i:'s|'t|'re|'ve|'m|'ll|'d)", "(?:'s|'t|'re|'ve|'m|'ll|'d)",
        "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])",
        "('s|'t|'re|'ve|'m|'ll|'d|'S|'T|'RE|'VE|'M|'LL|'D)"})
    pattern = base::replace_all(pattern, form, "C");
  return base::replace_all(pattern, "\\\"", "\"");  // an escape without need
}

void describe(const json& node, std::string& out, int depth) {
  const std::string type = data::find_string(node, "type").value_or("");
  if (type == "Sequence" && depth < 8) {
    if (const json* parts = data::find_array(node, "pretokenizers"))
      for (const json& part : *parts)
        describe(part, out, depth + 1);
  } else if (type == "ByteLevel") {
    if (data::find_bool(node, "use_regex", true)) out += "gpt2;";
  } else if (type == "Split") {
    const json* pattern = data::find_object(node, "pattern");
    if (pattern == nullptr) return;
    auto text = data::find_string(*pattern, "Regex");
    if (!text) text = data::find_string(*pattern, "String");
    out += "split:" + with_contractions(text.value_or("?")) + ";";
  } else if (type == "Digits") {
    out +=
        data::find_bool(node, "individual_digits") ? "digits:1;" : "digits:0;";
  } else if (type == "Punctuation") {
    out += "punctuation;";
  } else if (type == "BertPreTokenizer") {
    out += "bert;";
  } else {
    out += "?" + type + ";";
  }
}

std::string_view structure_name(const json& tokenizer) {
  const json* node = data::find_object(tokenizer, "pre_tokenizer");
  if (node == nullptr) return {};
  std::string parts;
  describe(*node, parts, 0);
  for (const Structure& known : kStructures) {
    if (known.parts != parts) continue;
    const json* model = data::find_object(tokenizer, "model");
    const bool whole_words =
        model != nullptr && data::find_bool(*model, "ignore_merges");
    // Llama 3's pattern without whole words is that of others.
    if (known.name == "llama-bpe" && !whole_words) return "smaug-bpe";
    return known.name;
  }
  return {};
}

// By the ids of the probe, as the reference finds it. Empty when the tokenizer
// cannot be made or nobody knows its hash.
Result<std::string_view> name_by_hash(Repository& files) {
  const json* spec = HUG_TRY(files.json("tokenizer.json"));
  if (spec == nullptr) return std::string_view();
  const auto tokenizer = text::make_tokenizer(*spec, "tokenizer.json");
  if (!tokenizer) return std::string_view();
  auto encoding = tokenizer->encode(kPreTokenizerProbe);
  if (!encoding) return std::string_view();
  // Some classes put the beginning of text there whatever tokenizer.json says.
  const json* config = HUG_TRY(files.json("tokenizer_config.json"));
  if (config != nullptr && data::find_bool(*config, "add_bos_token")) {
    const json* entry = data::find_member(*config, "bos_token");
    std::string bos;
    if (entry != nullptr)
      bos = entry->is_string()
                ? entry->get<std::string>()
                : data::find_string(*entry, "content").value_or("");
    const auto id = tokenizer->find(bos);
    auto& ids = encoding->ids;
    if (id && (ids.empty() || ids.front() != *id)) ids.insert(ids.begin(), *id);
  }
  std::string list = "[";
  for (const TokenId id : encoding->ids) {
    if (list.size() > 1) list += ", ";
    list += std::to_string(id);
  }
  list += "]";
  base::Hasher hasher(base::HashKind::kSha256);
  hasher.update(list);
  return pre_tokenizer_of_hash(hasher.finish());
}

}  // namespace

Result<std::string> pre_tokenizer_name(Repository& files,
                                       const std::string& wanted,
                                       std::vector<std::string>& warnings) {
  if (!wanted.empty()) return wanted;
  const std::string_view known = HUG_TRY(name_by_hash(files));
  if (!known.empty()) return std::string(known);
  const json* tokenizer = HUG_TRY(files.json("tokenizer.json"));
  const std::string_view name =
      tokenizer != nullptr ? structure_name(*tokenizer) : std::string_view();
  if (name.empty())
    return Error(Code::kUnsupported,
                 "the pre-tokenizer of tokenizer.json is not known")
        .hint("name one that cuts text the same way with --pre");
  warnings.push_back("the pre-tokenizer was recognised by its structure as '" +
                     std::string(name) + "'");
  return std::string(name);
}

}  // namespace hug::arch
