// Vocabularies that SentencePiece made, whichever file they come in.
#include <nlohmann/json.hpp>

#include "arch/checkpoint/special_tokens.h"
#include "arch/checkpoint/tokens.h"
#include "arch/checkpoint/unigram.h"
#include "arch/checkpoint/vocabulary_writer.h"
#include "data/json.h"
#include "text/gguf_tokenizer.h"

namespace hug::arch {

using nlohmann::json;

Result<std::string> VocabularyWriter::tokenizer_class() {
  const json* config = HUG_TRY(files_.json("tokenizer_config.json"));
  if (config == nullptr) return std::string();
  return data::find_string(*config, "tokenizer_class").value_or("");
}

Result<void> VocabularyWriter::write_spm(const TokenList& tokens) {
  result_.n_tokens = tokens.size();
  HUG_TRY(head("llama", "default"));
  tokens.write(out_);
  SpecialTokens::Options options;
  options.n_vocab = tokens.size();
  return special(std::move(options));
}

Result<void> VocabularyWriter::spm() {
  const SpmModel model = HUG_TRY(read_spm(files_, "tokenizer.model"));
  std::uint64_t n = HUG_TRY(n_vocab());
  if (n == 0) n = model.pieces.size();
  const auto tokens = HUG_TRY(read_spm_tokens(files_, model, n));
  return write_spm(tokens);
}

Result<void> VocabularyWriter::llama() {
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

Result<void> VocabularyWriter::gemma() {
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
Result<void> VocabularyWriter::phi3() {
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
  return write_spm(tokens);
}

Result<void> VocabularyWriter::unigram(Vocabulary kind) {
  const auto n = HUG_TRY(n_vocab());
  const bool t5 = kind == Vocabulary::kT5;
  if (t5) {
    const std::string path =
        files_.has("tokenizer.model") ? "tokenizer.model" : "spiece.model";
    const SpmModel model = HUG_TRY(read_spm(files_, path));
    if (model.kind == SpmModel::Kind::kBpe) return spm();
  }
  const UnigramTokens read = HUG_TRY(t5 ? read_t5_tokens(files_, n)
                                     : kind == Vocabulary::kCamembert
                                         ? read_camembert_tokens(files_, n)
                                         : read_xlm_tokens(files_, n));
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

}  // namespace hug::arch
