// The tokenizer of a tokenizer.json: added tokens, normalizer, pre-tokenizer,
// model, post-processor and decoder, as the tokenizers library chains them.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "format/gguf_value.h"
#include "text/tokenize/added_tokens.h"
#include "text/tokenize/models/token_model.h"
#include "text/tokenize/steps/decoder.h"
#include "text/tokenize/steps/post_processor.h"
#include "text/tokenize/steps/pre_tokenizer.h"
#include "text/tokenize/tokenizer_impl.h"

namespace hug::text {

class TokenizerChain final : public Tokenizer::Impl {
 public:
  /// `keys`: of gguf, or null. Errors: kCorrupt, kUnsupported, kLimit.
  static Result<std::shared_ptr<const Impl>> load(
      const nlohmann::json& spec, const format::GgufMetadata* keys);

  Result<Encoding> encode(std::span<const TextSegment> segments,
                          const std::string_view* pair, bool add_special,
                          bool offsets) const override;
  Result<std::string> decode(std::span<const TokenId> ids,
                             bool skip_special) const override;
  std::string token_bytes(TokenId id) const override;

  std::size_t size() const override { return texts_.size(); }

  std::string_view token_text(TokenId id) const override {
    return texts_[static_cast<std::size_t>(id)];
  }

  TokenId find(std::string_view text) const override {
    const auto it = added_.find(std::string(text));
    return it != added_.end() ? it->second.id : model_->find(text);
  }

  bool is_special(TokenId id) const override;

  std::string_view kind() const override { return kind_; }

 private:
  struct Work {
    std::unique_ptr<ModelScratch> model;
    std::vector<Token> tokens;
  };

  Result<void> read_added(const nlohmann::json& spec);
  Result<void> index_added();
  void find_special();
  void take_special(const format::GgufMetadata& keys);

  Result<void> encode_segment(const TextSegment& segment, std::size_t offset,
                              bool track, Work& work,
                              std::vector<PlacedToken>& out) const;
  Result<void> encode_plain(std::string_view text, std::size_t offset,
                            bool with_special, bool track, Work& work,
                            std::vector<PlacedToken>& out) const;
  Result<void> encode_pieces(Pieces& pieces, Work& work,
                             std::vector<PlacedToken>& out) const;

  std::string kind_;
  NormalizerPtr normalizer_;
  PreTokenizerPtr pre_tokenizer_;
  TokenModelPtr model_;
  PostProcessorPtr post_processor_;
  DecoderPtr decoder_;
  bool bytes_ = false;         // the model reads bytes itself
  format::StringArray texts_;  // the model's, and those of added tokens
  std::unordered_map<std::string, AddedToken> added_;
  std::vector<TokenId> special_ids_;  // ascending
  std::vector<TokenId> added_ids_;    // ascending
  AddedTokens raw_;                   // looked for in the text as it comes
  AddedTokens normalized_;            // looked for behind the normalizer
  Pool<Work> pool_;
};

}  // namespace hug::text
