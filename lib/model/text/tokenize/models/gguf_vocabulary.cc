#include "text/tokenize/models/gguf_vocabulary.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/strings.h"
#include "base/utf8.h"
#include "text/gguf_tokenizer.h"
#include "text/tokenize/steps/pre_names.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

namespace {

constexpr std::size_t kMaxTokens = 1u << 22;

struct Defaults {
  std::string_view model;
  int bos;
  int eos;
  int unknown;
  int separator;
  int padding;
  int mask;
  bool add_bos;
  bool add_eos;
  bool add_sep;
};

// What holds where the file is silent; -1: none.
constexpr Defaults kDefaults[] = {
    {"llama", 1, 2, 0, -1, -1, -1, true, false, false},
    {"gpt2", 11, 11, -1, -1, -1, -1, false, false, false},
    {"gemma4", 11, 11, -1, -1, -1, -1, false, false, false},
    {"bert", 101, -1, 100, 102, 0, 103, true, false, true},
    {"t5", -1, 1, 2, -1, 0, -1, false, true, false},
};

Texts valid_texts(const format::StringArray& from) {
  auto out = std::make_shared<format::StringArray>();
  out->reserve(from.size(), from.text_bytes());
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::string_view text = from[i];
    if (base::is_valid_utf8(text)) {
      out->push_back(text);
    } else {
      out->push_back(decode_lossy(text));
    }
  }
  return out;
}

Result<void> read_lists(const format::GgufMetadata& kv, GgufVocabulary& v) {
  const auto* tokens = kv.find_strings("tokenizer.ggml.tokens");
  if (tokens == nullptr || tokens->empty()) {
    return Error(Code::kCorrupt, "gguf: there is no list of tokens");
  }
  const std::size_t n = tokens->size();
  if (n > kMaxTokens) {
    return Error(Code::kLimit, "gguf: more than 4194304 tokens");
  }
  v.tokens = valid_texts(*tokens);
  v.ids = TextMap(v.tokens, Equals::kFirst);
  v.scores.assign(n, 0.0f);
  v.kinds.assign(n, TokenKind::kNormal);
  const std::string_view scores_key =
      kv.contains(kHugScores) ? kHugScores : "tokenizer.ggml.scores";
  if (const auto scores = kv.find_number_list(scores_key)) {
    if (scores->size() != n) {
      return Error(Code::kCorrupt, "gguf: tokens and scores differ in number");
    }
    std::transform(scores->begin(), scores->end(), v.scores.begin(),
                   [](double s) { return static_cast<float>(s); });
  }
  if (const auto kinds = kv.find_number_list("tokenizer.ggml.token_type")) {
    if (kinds->size() != n) {
      return Error(Code::kCorrupt, "gguf: tokens and types differ in number");
    }
    for (std::size_t i = 0; i < n; ++i) {
      const double k = (*kinds)[i];
      v.kinds[i] = k >= 0 && k <= 6
                       ? static_cast<TokenKind>(static_cast<int>(k))
                       : TokenKind::kNormal;
    }
  }
  return {};
}

void read_id(const format::GgufMetadata& kv, const std::string& name,
             int fallback, std::size_t size, std::optional<TokenId>& out) {
  const auto value = kv.find_unsigned("tokenizer.ggml." + name + "_token_id");
  const std::uint64_t id = value.value_or(
      fallback < 0 ? size : static_cast<std::uint64_t>(fallback));
  if (id < size) out = static_cast<TokenId>(id);
}

void read_special(const format::GgufMetadata& kv, const Defaults& d,
                  GgufVocabulary& v) {
  const std::size_t n = v.size();
  read_id(kv, "bos", d.bos, n, v.special.bos);
  read_id(kv, "eos", d.eos, n, v.special.eos);
  read_id(kv, "unknown", d.unknown, n, v.special.unknown);
  read_id(kv, "seperator", d.separator, n, v.special.separator);
  read_id(kv, "padding", d.padding, n, v.special.padding);
  read_id(kv, "mask", d.mask, n, v.special.mask);
  for (const char* name : {"eot", "eom"}) {
    std::optional<TokenId> id;
    read_id(kv, name, -1, n, id);
    if (id) v.special.end_of_generation.push_back(*id);
  }
}

// gpt-oss: these steer the channels and must be readable.
void force_user_defined(GgufVocabulary& v) {
  for (const char* t :
       {"<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"}) {
    const TokenId id = v.ids.find(t);
    if (id >= 0)
      v.kinds[static_cast<std::size_t>(id)] = TokenKind::kUserDefined;
  }
}

}  // namespace

TokenId GgufVocabulary::byte_id(char byte) const {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto b = static_cast<unsigned char>(byte);
  const std::string name =
      std::string("<0x") + kHex[b >> 4] + kHex[b & 15] + ">";
  const TokenId id = ids.find(name);
  if (id >= 0) return id;
  const TokenId plain = ids.find(std::string_view(&byte, 1));
  return plain >= 0 ? plain : special.unknown.value_or(-1);
}

std::vector<TokenId> GgufVocabulary::ending() const {
  if (add_eos && special.eos) return {*special.eos};
  // Old files of BERT's kind name no end.
  if (add_sep && model == "bert" && special.separator)
    return {*special.separator};
  return {};
}

std::vector<TokenId> GgufVocabulary::between() const {
  std::vector<TokenId> out;
  if (add_eos && special.eos) out.push_back(*special.eos);
  if (add_sep && special.separator) out.push_back(*special.separator);
  return out;
}

std::pair<bool, bool> GgufVocabulary::strips(TokenId id) const {
  const std::string model_name = base::to_lower(general_name);
  const auto named = [&](std::string_view part) {
    return model_name.find(part) != model_name.npos;
  };
  const std::string_view t = text(static_cast<std::size_t>(id));
  const bool left = (pre.starts_with("jina-v2-") && t == "<mask>") ||
                    (named("modern-bert") && t == "[MASK]");
  const bool right = (named("phi-3") || named("phi3")) && t != "<unk>" &&
                     t != "<s>" && t != "<|endoftext|>";
  return {left, right};
}

const format::StringArray& merges_of(const format::GgufMetadata& kv) {
  static const format::StringArray kNone;
  const auto* found = kv.find_strings("tokenizer.ggml.merges");
  return found != nullptr ? *found : kNone;
}

Result<GgufVocabulary> read_gguf_vocabulary(const format::GgufMetadata& kv) {
  GgufVocabulary v;
  v.model = kv.find_string("tokenizer.ggml.model").value_or("");
  if (v.model.empty()) {
    return Error(Code::kUnsupported, "gguf: the file has no tokenizer");
  }
  const auto* d =
      std::find_if(std::begin(kDefaults), std::end(kDefaults),
                   [&](const Defaults& x) { return x.model == v.model; });
  if (d == std::end(kDefaults)) {
    return Error(Code::kUnsupported,
                 "gguf: unknown kind of tokenizer '" + v.model + "'");
  }
  HUG_TRY(read_lists(kv, v));
  v.general_name = kv.find_string("general.name").value_or("");
  v.pre = kv.find_string("tokenizer.ggml.pre").value_or("default");
  v.add_bos = d->add_bos;
  v.add_eos = d->add_eos;
  v.add_sep = d->add_sep;
  read_special(kv, *d, v);
  const bool bpe = v.model == "gpt2" || v.model == "gemma4";
  if (bpe) {
    const PreName* pre = find_pre_name(v.pre);
    if (pre == nullptr) {
      return Error(Code::kUnsupported,
                   "gguf: unknown pre-tokenizer '" + v.pre + "'");
    }
    v.add_bos = pre->add_bos;
    v.add_sep = pre->add_sep;
    v.clean_spaces = pre->clean_spaces;
    v.add_space_prefix = false;
  } else {
    v.clean_spaces = v.model == "bert";
  }
  const auto flag = [&](const char* key, bool& slot) {
    slot = kv.find_bool(std::string("tokenizer.ggml.") + key).value_or(slot);
  };
  flag("add_bos_token", v.add_bos);
  flag("add_eos_token", v.add_eos);
  flag("add_sep_token", v.add_sep);
  flag("add_space_prefix", v.add_space_prefix);
  flag("remove_extra_whitespaces", v.remove_extra_whitespace);
  flag("normalizer.lowercase", v.lowercase);
  v.strip_accents = v.lowercase;
  flag("normalizer.strip_accents", v.strip_accents);
  if (const auto map =
          kv.find_number_list("tokenizer.ggml.precompiled_charsmap")) {
    for (const double b : *map) {
      v.charsmap += static_cast<char>(static_cast<int>(b) & 0xff);
    }
  }
  const std::string form(kv.find_string(kHugNormalizer).value_or(""));
  if (find_normal_form(form)) v.normalizer = form;
  force_user_defined(v);
  v.special.adds_bos = v.add_bos;
  v.special.adds_eos = v.add_eos || v.add_sep;
  return v;
}

}  // namespace hug::text
