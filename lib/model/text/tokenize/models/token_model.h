// The models of tokenizer.json: how one piece of text becomes ids.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "hug/result.h"
#include "text/tokenize/models/flat_map.h"

namespace hug::text {

/// An id and the bytes of the piece that it stands for.
struct Token {
  std::int32_t id = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// One thread's working memory; keeps what pieces became, so that frequent
/// words are not worked out again. Belongs to one model.
class ModelScratch {
 public:
  virtual ~ModelScratch() = default;
};

/// Immutable; used by many threads at once, each with its own scratch.
class TokenModel {
 public:
  virtual ~TokenModel() = default;

  virtual std::unique_ptr<ModelScratch> make_scratch() const {
    return std::make_unique<ModelScratch>();
  }

  /// Appends the tokens of one piece of valid UTF-8.
  /// Errors: kUnsupported when something is unknown and there is no token for
  /// that.
  virtual Result<void> encode(std::string_view piece, ModelScratch& scratch,
                              std::vector<Token>& out) const = 0;

  /// As encode(), for text that a byte-level pre-tokenizer would still have to
  /// write in GPT-2's alphabet. Only where reads_bytes().
  virtual Result<void> encode_bytes(std::string_view piece,
                                    ModelScratch& scratch,
                                    std::vector<Token>& out) const {
    return encode(piece, scratch, out);
  }

  virtual bool reads_bytes() const { return false; }

  /// Text of every id; empty for ids that are not used.
  const Texts& vocabulary() const { return vocabulary_; }

  /// -1 when it is not a token of the model.
  virtual std::int32_t find(std::string_view token) const = 0;

 protected:
  explicit TokenModel(Texts vocabulary) : vocabulary_(std::move(vocabulary)) {}

  Texts vocabulary_;
};

using TokenModelPtr = std::unique_ptr<const TokenModel>;

/// From a "model" object. Errors: kCorrupt, kUnsupported.
Result<TokenModelPtr> make_token_model(const nlohmann::json& spec);

}  // namespace hug::text
