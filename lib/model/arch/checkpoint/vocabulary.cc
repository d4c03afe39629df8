#include "arch/checkpoint/vocabulary.h"

#include <nlohmann/json.hpp>

#include "arch/checkpoint/pre_tokenizer.h"
#include "arch/checkpoint/special_tokens.h"
#include "arch/checkpoint/tokens.h"
#include "arch/checkpoint/vocabulary_writer.h"
#include "data/json.h"
#include "text/gguf_tokenizer.h"

namespace hug::arch {

using nlohmann::json;

namespace {

constexpr std::uint64_t kMaxVocabulary = 16 << 20;

}  // namespace

Result<std::string> VocabularyWriter::known_pre() {
  auto name = pre_tokenizer_name(files_, options_.pre, result_.warnings);
  if (name || !options_.any_pre || name.error().code() != Code::kUnsupported)
    return name;
  result_.complete = false;
  return std::string("default");
}

Result<std::uint64_t> VocabularyWriter::n_vocab() const {
  const auto n = config_.find_unsigned({"vocab_size"}).value_or(0);
  if (n > kMaxVocabulary)
    return Error(Code::kLimit, "config.json claims a vocabulary of " +
                                   std::to_string(n) + " tokens");
  return n;
}

Result<void> VocabularyWriter::head(std::string_view model,
                                    std::string_view pre) {
  set("tokenizer.ggml.model", std::string(model));
  set("tokenizer.ggml.pre", std::string(pre));
  return {};
}

Result<void> VocabularyWriter::special(SpecialTokens::Options options) {
  const auto tokens = HUG_TRY(SpecialTokens::load(files_, std::move(options)));
  tokens.write(out_);
  return {};
}

Result<void> VocabularyWriter::dispatch(Vocabulary kind) {
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
      return is_unigram ? unigram(Vocabulary::kXlmRoberta) : wordpiece();
    }
    case Vocabulary::kRoberta:
      if (!files_.has("tokenizer.json")) return wordpiece();
      HUG_TRY(bpe());
      set("tokenizer.ggml.token_type_count",
          static_cast<std::uint32_t>(
              config_.find_unsigned({"type_vocab_size"}).value_or(1)));
      return {};
    case Vocabulary::kXlmRoberta:
    case Vocabulary::kCamembert:
    case Vocabulary::kT5:
      return unigram(kind);
  }
  return Error(Code::kInternal, "an unknown kind of vocabulary");
}

Result<void> VocabularyWriter::bpe() {
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
  HUG_TRY(head("gpt2", pre));
  tokens.write(out_);
  tokens = {};  // merges come next, and both can be large
  SpecialTokens::Options options;
  options.merges = true;
  HUG_TRY(special(std::move(options)));
  return normal_form();
}

// Unicode's form that text is brought into first, where that is all.
Result<void> VocabularyWriter::normal_form() {
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

Result<void> VocabularyWriter::glm4() {
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
Result<void> VocabularyWriter::wordpiece() {
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

namespace {

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
  return VocabularyWriter(files, config, options, out).write(family);
}

}  // namespace hug::arch
