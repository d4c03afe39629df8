#include "arch/checkpoint/vocabulary.h"

#include <nlohmann/json.hpp>

#include "arch/checkpoint/pre_tokenizer.h"
#include "arch/checkpoint/special_tokens.h"
#include "arch/checkpoint/unigram.h"
#include "data/json.h"
#include "text/gguf_tokenizer.h"

namespace hug::arch {

using nlohmann::json;

TokenList TokenList::padded(std::uint64_t n, bool scores) {
  TokenList out;
  out.text.reserve(n);
  for (std::uint64_t i = 0; i < n; ++i)
    out.text.push_back("[PAD" + std::to_string(i) + "]");
  if (scores) out.score.assign(n, -10000.0F);
  out.type.assign(n, TokenType::kUnused);
  return out;
}

void TokenList::set(std::uint64_t id, std::string token, float value,
                    TokenType kind) {
  text[id] = std::move(token);
  if (!score.empty()) score[id] = value;
  type[id] = kind;
}

void TokenList::write(format::GgufMetadata& out) const {
  format::StringArray tokens;
  std::size_t bytes = 0;
  for (const std::string& token : text)
    bytes += token.size();
  tokens.reserve(text.size(), bytes);
  for (const std::string& token : text)
    tokens.push_back(token);
  out.set("tokenizer.ggml.tokens", format::GgufArray(std::move(tokens)));
  if (!score.empty())
    out.set("tokenizer.ggml.scores", format::GgufArray(score));
  std::vector<std::int32_t> types;
  types.reserve(type.size());
  for (const TokenType one : type)
    types.push_back(static_cast<std::int32_t>(one));
  out.set("tokenizer.ggml.token_type", format::GgufArray(std::move(types)));
}

namespace {

constexpr std::uint64_t kMaxVocabulary = 16 << 20;

class Writer {
 public:
  Writer(Repository& files, const Config& config,
         const VocabularyOptions& options, format::GgufMetadata& out)
      : files_(files), config_(config), options_(options), out_(out) {}

  Result<VocabularyResult> write(const Family& family) {
    HUG_TRY(dispatch(family.vocabulary));
    return std::move(result_);
  }

 private:
  Result<void> dispatch(Vocabulary kind);
  Result<void> bpe(std::string_view model = "gpt2");
  Result<void> spm();
  Result<void> llama();
  Result<void> gemma();
  Result<void> phi3();
  Result<void> glm4();
  Result<void> wordpiece();
  Result<void> unigram(bool t5);
  Result<void> normal_form();

  Result<std::string> known_pre();
  Result<std::uint64_t> n_vocab() const;
  Result<void> head(std::string_view model, std::string_view pre);
  Result<void> special(SpecialTokens::Options options);

  void set(std::string_view key, format::GgufValue value) {
    out_.set(key, std::move(value));
  }

  Result<std::string> tokenizer_class();

  Repository& files_;
  const Config& config_;
  const VocabularyOptions& options_;
  format::GgufMetadata& out_;
  VocabularyResult result_;
};

Result<std::string> Writer::known_pre() {
  auto name = pre_tokenizer_name(files_, options_.pre, result_.warnings);
  if (name || !options_.any_pre || name.error().code() != Code::kUnsupported)
    return name;
  result_.complete = false;
  return std::string("default");
}

Result<std::uint64_t> Writer::n_vocab() const {
  const auto n = config_.find_unsigned({"vocab_size"}).value_or(0);
  if (n > kMaxVocabulary)
    return Error(Code::kLimit, "config.json claims a vocabulary of " +
                                   std::to_string(n) + " tokens");
  return n;
}

Result<void> Writer::head(std::string_view model, std::string_view pre) {
  set("tokenizer.ggml.model", std::string(model));
  set("tokenizer.ggml.pre", std::string(pre));
  return {};
}

Result<void> Writer::special(SpecialTokens::Options options) {
  const auto tokens = HUG_TRY(SpecialTokens::load(files_, std::move(options)));
  tokens.write(out_);
  return {};
}

Result<std::string> Writer::tokenizer_class() {
  const json* config = HUG_TRY(files_.json("tokenizer_config.json"));
  if (config == nullptr) return std::string();
  return data::find_string(*config, "tokenizer_class").value_or("");
}

Result<void> Writer::dispatch(Vocabulary kind) {
  switch (kind) {
    case Vocabulary::kBpe:
    case Vocabulary::kMamba:
      return bpe();
    case Vocabulary::kSpmOrBpe:
      return files_.has("tokenizer.model") ? spm() : bpe();
    case Vocabulary::kLlama:
      return llama();
    case Vocabulary::kGemma:
      return gemma();
    case Vocabulary::kGemma2:
    case Vocabulary::kGemma3:
      if (kind == Vocabulary::kGemma3 && !files_.has("tokenizer.model"))
        return bpe();
      HUG_TRY(spm());
      set("tokenizer.ggml.add_space_prefix", false);
      return {};
    case Vocabulary::kPhi3:
      return phi3();
    case Vocabulary::kGlm4:
      return glm4();
    case Vocabulary::kBert:
      return wordpiece();
    case Vocabulary::kNomicBert: {
      const json* tokenizer = HUG_TRY(files_.json("tokenizer.json"));
      const json* model = tokenizer != nullptr
                              ? data::find_object(*tokenizer, "model")
                              : nullptr;
      const bool is_unigram =
          model != nullptr && data::find_string(*model, "type") == "Unigram";
      return is_unigram ? unigram(false) : wordpiece();
    }
    case Vocabulary::kRoberta:
      if (!files_.has("tokenizer.json")) return wordpiece();
      HUG_TRY(bpe());
      set("tokenizer.ggml.token_type_count",
          static_cast<std::uint32_t>(
              config_.find_unsigned({"type_vocab_size"}).value_or(1)));
      return {};
    case Vocabulary::kXlmRoberta:
      return unigram(false);
    case Vocabulary::kT5:
      return unigram(true);
  }
  return Error(Code::kInternal, "an unknown kind of vocabulary");
}

Result<void> Writer::bpe(std::string_view model) {
  // First: it makes a tokenizer, which should be gone before the rest is read.
  const std::string pre = HUG_TRY(known_pre());
  std::uint64_t n = HUG_TRY(n_vocab());
  if (n != 0 && config_.model_type() == "mamba") {
    const auto multiple =
        config_.find_unsigned({"pad_vocab_size_multiple"}).value_or(8);
    if (multiple != 0) n = (n + multiple - 1) / multiple * multiple;
  }
  auto tokens = HUG_TRY(read_json_tokens(files_, n));
  result_.n_tokens = tokens.size();
  HUG_TRY(head(model, pre));
  tokens.write(out_);
  tokens = {};  // merges come next, and both can be large
  SpecialTokens::Options options;
  options.merges = true;
  HUG_TRY(special(std::move(options)));
  return normal_form();
}

// Unicode's form that text is brought into first, where that is all.
Result<void> Writer::normal_form() {
  const json* tokenizer = HUG_TRY(files_.json("tokenizer.json"));
  const json* one = tokenizer != nullptr
                        ? data::find_object(*tokenizer, "normalizer")
                        : nullptr;
  if (one == nullptr) return {};
  const json* list = data::find_array(*one, "normalizers");
  if (list != nullptr && list->size() == 1) one = &list->front();
  const std::string type = data::find_string(*one, "type").value_or("");
  if (type.starts_with("NF")) set(text::kHugNormalizer, type);
  return {};
}

Result<void> Writer::spm() {
  const SpmModel model = HUG_TRY(read_spm(files_, "tokenizer.model"));
  std::uint64_t n = HUG_TRY(n_vocab());
  if (n == 0) n = model.pieces.size();
  const auto tokens = HUG_TRY(read_spm_tokens(files_, model, n));
  result_.n_tokens = tokens.size();
  HUG_TRY(head("llama", "default"));
  tokens.write(out_);
  SpecialTokens::Options options;
  options.n_vocab = tokens.size();
  return special(std::move(options));
}

Result<void> Writer::llama() {
  if (const json* config = HUG_TRY(files_.json("tokenizer_config.json"))) {
    const json* prefix = data::find_member(*config, "add_prefix_space");
    if (prefix != nullptr && prefix->is_boolean())
      set("tokenizer.ggml.add_space_prefix", prefix->get<bool>());
  }
  if (files_.has("tokenizer.model")) {
    HUG_TRY(spm());
  } else if (auto tokens = HUG_TRY(read_llama_json_tokens(files_))) {
    result_.n_tokens = tokens->size();
    HUG_TRY(head("llama", "default"));
    tokens->write(out_);
    SpecialTokens::Options options;
    options.n_vocab = tokens->size();
    HUG_TRY(special(std::move(options)));
    // The reference gives all tokens one score; with the order of merges in
    // its place the ids are mostly those of tokenizer.json.
    result_.complete = false;
    auto scores = HUG_TRY(read_merge_scores(files_, *tokens));
    if (!scores.empty())
      set(text::kHugScores, format::GgufArray(std::move(scores)));
  } else {
    HUG_TRY(bpe());
  }
  const auto n = HUG_TRY(n_vocab());
  if (n == 32016) {  // CodeLlama
    SpecialTokens::Options options;
    options.kinds = {"prefix", "suffix", "middle", "eot"};
    auto more = HUG_TRY(SpecialTokens::load(files_, std::move(options)));
    more.set("eot", 32010);
    more.write(out_);
  }
  if (n == 49152) set("tokenizer.ggml.add_bos_token", false);
  return {};
}

Result<void> Writer::gemma() {
  HUG_TRY(spm());
  SpecialTokens::Options options;
  options.kinds = {"prefix", "suffix", "middle", "fsep", "eot"};
  auto more = HUG_TRY(SpecialTokens::load(files_, std::move(options)));
  more.set("eot", 107);
  more.drop_templates();
  more.write(out_);
  set("tokenizer.ggml.add_space_prefix", false);
  return {};
}

// Added tokens of tokenizer.json are taken even where they replace pieces.
Result<void> Writer::phi3() {
  if (HUG_TRY(tokenizer_class()) == "GPT2Tokenizer") return bpe();
  const SpmModel model = HUG_TRY(read_spm(files_, "tokenizer.model"));
  std::uint64_t n = HUG_TRY(n_vocab());
  if (n == 0) n = model.pieces.size();
  auto tokens = HUG_TRY(read_spm_tokens(files_, model, n));
  const auto overlay = [&](std::uint64_t id, const json& token) {
    const auto text = data::find_string(token, "content");
    if (id >= tokens.size() || !text) return;
    tokens.set(id, *text, -1000.0F,
               data::find_bool(token, "special") ? TokenType::kControl
                                                 : TokenType::kUserDefined);
  };
  if (const json* file = HUG_TRY(files_.json("tokenizer.json")))
    if (const json* added = data::find_array(*file, "added_tokens"))
      for (const json& token : *added)
        if (const auto id = data::find_unsigned(token, "id"))
          overlay(*id, token);
  result_.n_tokens = tokens.size();
  HUG_TRY(head("llama", "default"));
  tokens.write(out_);
  SpecialTokens::Options options;
  options.n_vocab = tokens.size();
  return special(std::move(options));
}

Result<void> Writer::glm4() {
  const std::string pre = HUG_TRY(known_pre());
  const auto tokens = HUG_TRY(read_json_tokens(files_, HUG_TRY(n_vocab())));
  result_.n_tokens = tokens.size();
  HUG_TRY(head("gpt2", pre));
  tokens.write(out_);
  SpecialTokens::Options options;
  options.merges = true;
  auto more = HUG_TRY(SpecialTokens::load(files_, std::move(options)));
  const auto id_of = [&](std::string_view text) -> std::uint64_t {
    for (std::size_t i = 0; i < tokens.size(); ++i)
      if (tokens.text[i] == text) return i;
    return tokens.size();
  };
  const std::uint64_t end = id_of("<|endoftext|>");
  const std::uint64_t user = id_of("<|user|>");
  if (end == tokens.size() || user == tokens.size())
    return Error(Code::kCorrupt,
                 "the tokenizer lacks '<|endoftext|>' or '<|user|>'");
  more.set("eos", end);
  more.set("eot", user);
  more.set("unk", end);
  more.set("bos", end);
  more.write(out_);
  return {};
}

// Continuations lose their "##", beginnings of words get a visible space.
Result<void> Writer::wordpiece() {
  const std::string pre = HUG_TRY(known_pre());
  auto tokens = HUG_TRY(read_json_tokens(files_, HUG_TRY(n_vocab())));
  result_.n_tokens = tokens.size();
  set("tokenizer.ggml.token_type_count",
      static_cast<std::uint32_t>(
          config_.find_unsigned({"type_vocab_size"}).value_or(1)));
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::string& text = tokens.text[i];
    if (tokens.type[i] == TokenType::kControl) continue;
    text = text.starts_with("##") ? text.substr(2) : "\xe2\x96\x81" + text;
  }
  HUG_TRY(head("bert", pre));
  tokens.write(out_);
  SpecialTokens::Options options;
  options.n_vocab = tokens.size();
  return special(std::move(options));
}

Result<void> Writer::unigram(bool t5) {
  const auto n = HUG_TRY(n_vocab());
  if (t5) {
    const std::string path =
        files_.has("tokenizer.model") ? "tokenizer.model" : "spiece.model";
    const SpmModel model = HUG_TRY(read_spm(files_, path));
    if (model.kind == SpmModel::Kind::kBpe) return spm();
  }
  const UnigramTokens read = t5 ? HUG_TRY(read_t5_tokens(files_, n))
                                : HUG_TRY(read_xlm_tokens(files_, n));
  result_.n_tokens = read.tokens.size();
  HUG_TRY(head("t5", "default"));
  read.tokens.write(out_);
  set("tokenizer.ggml.add_space_prefix", read.add_prefix);
  if (!t5)
    set("tokenizer.ggml.token_type_count",
        static_cast<std::uint32_t>(
            config_.find_unsigned({"type_vocab_size"}).value_or(1)));
  set("tokenizer.ggml.remove_extra_whitespaces", read.remove_whitespaces);
  if (!read.charsmap.empty())
    set("tokenizer.ggml.precompiled_charsmap",
        format::GgufArray(std::vector<std::uint8_t>(read.charsmap.begin(),
                                                    read.charsmap.end())));
  SpecialTokens::Options options;
  options.n_vocab = read.tokens.size();
  return special(std::move(options));
}

// Whether there is any file that a tokenizer is made of.
bool has_tokenizer_files(const Repository& files) {
  for (const char* name : {"tokenizer.json", "tokenizer.model", "spiece.model",
                           "sentencepiece.bpe.model", "vocab.json", "vocab.txt",
                           "merges.txt", "tekken.json"})
    if (files.has(name)) return true;
  return false;
}

// Says that there is no tokenizer, and how many tokens the model counts.
VocabularyResult write_no_vocabulary(const Family& family, const Config& config,
                                     format::GgufMetadata& out) {
  out.set("tokenizer.ggml.model", std::string("none"));
  const auto n = config.find_unsigned({"vocab_size"}).value_or(0);
  if (n > 0 && n <= kMaxVocabulary)
    out.set(std::string(family.arch) + ".vocab_size",
            static_cast<std::uint32_t>(n));
  VocabularyResult result;
  result.warnings.emplace_back(
      "there is no tokenizer beside the weights: the model takes token ids "
      "only");
  return result;
}

}  // namespace

Result<VocabularyResult> write_vocabulary(Repository& files,
                                          const Family& family,
                                          const Config& config,
                                          const VocabularyOptions& options,
                                          format::GgufMetadata& out) {
  if (!has_tokenizer_files(files))
    return write_no_vocabulary(family, config, out);
  return Writer(files, config, options, out).write(family);
}

}  // namespace hug::arch
