// Running models on this machine: load a gguf file, feed tokens, sample an
// answer, measure.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "hug/byte_source.h"
#include "hug/export.h"
#include "hug/result.h"
#include "hug/tokenizer.h"

namespace hug {

struct ModelOptions {
  unsigned threads = 0;  ///< 0: all processors this process may use
};

/// How the next token is chosen. In this order: penalties, top-n-sigma, top-k,
/// typical, top-p, min-p, xtc, temperature, a draw.
struct SamplingOptions {
  float temperature = 0.8F;  ///< 0 and below: always the likeliest
  std::uint32_t top_k = 40;  ///< 0: all
  float top_p = 0.95F;       ///< 1: off
  float min_p = 0.05F;       ///< 0: off
  float typical_p = 1.0F;    ///< 1: off
  float top_n_sigma = -1;    ///< below 0: off
  float xtc_probability = 0;
  float xtc_threshold = 0.1F;
  std::uint32_t repeat_last_n = 64;
  float repeat_penalty = 1;  ///< 1: off
  float frequency_penalty = 0;
  float presence_penalty = 0;
  /// Equal seeds give equal texts for any number of threads; nothing: random.
  std::optional<std::uint64_t> seed = {};
};

enum class FinishReason : std::uint8_t { kStop, kLength, kCancelled };

struct GenerateOptions {
  SamplingOptions sampling = {};
  std::uint64_t max_tokens = 0;        ///< 0: until the context is full
  std::vector<std::string> stop = {};  ///< texts that end the answer
  bool ignore_eos = false;
  std::stop_token cancel = {};
};

struct Generation {
  std::string text = {};  ///< valid UTF-8, without what ended it
  std::vector<TokenId> tokens = {};
  FinishReason reason = FinishReason::kStop;
  std::uint64_t prompt_tokens = 0;
  double prompt_seconds = 0;
  double first_token_seconds = 0;  ///< from the call on
  double generate_seconds = 0;
};

struct Perplexity {
  std::uint64_t tokens = 0;  ///< that were scored
  double nll = 0;            ///< mean natural-log loss of a token
  double perplexity = 0;
  double error = 0;  ///< standard error of perplexity
};

struct PerplexityOptions {
  std::uint32_t context = 512;
  /// Score only the second half of every block, the first token of which is
  /// BOS: what llama-perplexity prints. Else blocks of context - 1 tokens, BOS
  /// before each, every token scored.
  bool second_half = true;
};

/// Cheap to copy; copies share the weights. One call at a time on each.
class HUG_EXPORT LocalModel {
 public:
  /// Errors: kUnsupported (an architecture or type that cannot be run, with
  /// the reason), kCorrupt, and those of the source.
  static Result<LocalModel> load(ByteSourcePtr gguf,
                                 const ModelOptions& options = {});

  const Tokenizer& tokenizer() const;
  const std::string& architecture() const;
  std::uint64_t context_length() const;  ///< of training; 0: unknown
  std::uint64_t vocabulary_size() const;
  bool generates() const;  ///< a decoder, not an encoder

  /// Logits of every position. Shape: (n_token, vocabulary_size). With
  /// `hidden`: (n_token, n_embd), what enters the head.
  /// Errors: kUsage for ids or positions the model does not have.
  Result<std::vector<float>> logits(std::span<const TokenId> ids,
                                    bool hidden = false) const;
  /// Appends an answer to a prompt. `on_text` gets the answer as it comes, in
  /// pieces of valid UTF-8; false stops.
  /// Errors: kUsage when the prompt does not fit, kCorrupt when the logits are
  /// no numbers.
  Result<Generation> generate(
      std::span<const TokenId> prompt, const GenerateOptions& options,
      const std::function<bool(std::string_view)>& on_text = {}) const;
  /// Errors: kUsage for a text shorter than a block.
  Result<Perplexity> perplexity(std::string_view text,
                                const PerplexityOptions& options = {}) const;

  struct Parts;  // lib/model/engine
  explicit LocalModel(std::shared_ptr<Parts> parts);

 private:
  std::shared_ptr<Parts> parts_;
};

}  // namespace hug
