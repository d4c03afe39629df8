// What models do beside writing on: embeddings, labels, masked words,
// translation. The options and answers of LocalModel (hug/model.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hug/tokenizer.h"

namespace hug {

/// What a model was made for, as its tensors and keys tell.
enum class ModelTask : std::uint8_t {
  kGenerate,   // a decoder: writes on
  kEmbed,      // an encoder without a head, or a decoder that names a pooling
  kFillMask,   // an encoder with a head over its vocabulary
  kClassify,   // an encoder with a head over labels; a reranker with one label
  kTranslate,  // an encoder and a decoder
};

/// How the rows of a text become one vector.
enum class EmbedPooling : std::uint8_t {
  kNone,  // they do not: a vector a token
  kMean,  // of all tokens
  kCls,   // the first token
  kLast,  // the last token
};

struct EmbedOptions {
  /// Nothing: what the file says, else the mean of an encoder and the last
  /// token of a decoder.
  std::optional<EmbedPooling> pooling = {};
  bool normalize = true;       ///< to length 1
  std::size_t dimensions = 0;  ///< keep the first so many; 0: all
  /// Cut texts that are longer than the model's context; else they are an
  /// error (kUsage).
  bool truncate = true;
};

struct Embedding {
  std::vector<float> values = {};  ///< (rows, dimensions)
  std::size_t rows = 1;            ///< more than one with kNone only
  std::size_t tokens = 0;          ///< that were read
  bool truncated = false;
};

struct LabelScore {
  std::string label = {};
  /// A probability: among all labels, or of each label alone where a text can
  /// have several or there is only one.
  float score = 0;
  float logit = 0;
};

struct MaskChoice {
  TokenId token = 0;
  std::string text = {};  ///< as the vocabulary's decoder writes it
  float probability = 0;
};

struct MaskAnswer {
  std::size_t position = 0;              ///< of the mask, in tokens
  std::vector<MaskChoice> choices = {};  ///< likeliest first
};

/// What comes out of a model for ids that go in.
struct HeadInput {
  std::vector<TokenId> ids = {};
  std::vector<std::int32_t> types = {};  ///< a segment a token; empty: all 0
  /// Of an encoder-decoder; empty: the token its decoder starts with.
  std::vector<TokenId> decoder_ids = {};
  bool hidden = false;  ///< what enters the head, not what leaves it
};

struct HeadOutput {
  std::vector<float> values = {};  ///< (rows, width)
  std::size_t rows = 0;
  std::size_t width = 0;
};

}  // namespace hug
