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
#include "hug/chat_template.h"
#include "hug/export.h"
#include "hug/file_set.h"
#include "hug/generate.h"
#include "hug/model_tasks.h"
#include "hug/result.h"
#include "hug/tokenizer.h"

namespace hug {

/// Where the weights lie while a model lives.
enum class WeightMemory : std::uint8_t {
  /// What suits the machine: mapped, and moved to large pages between passes
  /// where these are measured to be read faster and memory is left.
  kAuto,
  kMapped,      ///< in the mapped file, read ahead where it is not there yet
  kLargePages,  ///< copied into memory of large pages
  kLocked,      ///< in the mapped file, locked in memory
};

struct ModelOptions {
  unsigned threads = 0;  ///< 0: all cores this process may use
  /// Matrices of 16 or 32 bits become this while the model is loaded ("q8_0",
  /// "q4_k", "f32" ...); empty: they stay as they are.
  std::string quantize = {};
  /// Plain f32 arithmetic over decoded weights, without kernels of an
  /// instruction set: slow, and what the others are compared with.
  bool reference = false;
  /// Instruction set of the kernels: "scalar", "avx2", "avx512"; empty or
  /// "auto": the best one of this machine, which also stands in for a better
  /// one.
  std::string isa = {};
  WeightMemory memory = WeightMemory::kAuto;
  /// Ends loading, and every call of the model, soon with kCancelled; calls
  /// that take a token of their own go by that one.
  std::stop_token cancel = {};
  /// False: without its tokenizer, whose tables take memory and time; the model
  /// reads ids then, and texts are kUnsupported.
  bool tokenizer = true;
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
  /// All parts of a gguf model, in order. Errors: as above.
  static Result<LocalModel> load(const std::vector<ByteSourcePtr>& parts,
                                 const ModelOptions& options = {});
  /// A checkpoint as it lies in a folder or repository (config.json,
  /// safetensors or PyTorch weights, a tokenizer), computed with in the types
  /// it is stored in; or the gguf model of a folder without config.json.
  /// Errors: as above; kNotFound when there is no model, kUsage for several.
  static Result<LocalModel> load(const FileSet& files,
                                 const ModelOptions& options = {});
  /// A path: of a gguf file, of the first of its parts, or of a folder.
  static Result<LocalModel> open(const std::string& path,
                                 const ModelOptions& options = {});

  /// Without tokens where the file has none: texts are kUnsupported then, ids
  /// still work.
  const Tokenizer& tokenizer() const;
  /// What its files say of tokens and chat templates; nothing when it was
  /// loaded without a tokenizer.
  const ModelText& text() const;
  /// What was missing where it was loaded from, a sentence each.
  const std::vector<std::string>& warnings() const;
  const std::string& architecture() const;
  std::uint64_t context_length() const;  ///< of training; 0: unknown
  std::uint64_t vocabulary_size() const;
  bool generates() const;            ///< a decoder, not an encoder
  unsigned threads() const;          ///< that compute
  std::uint64_t file_bytes() const;  ///< of the files it was loaded from

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
  /// Errors: kUnsupported for a model that does not write; kUsage for a text
  /// shorter than a block.
  Result<Perplexity> perplexity(std::string_view text,
                                const PerplexityOptions& options = {}) const;

  /// What the model was made for.
  ModelTask task() const;
  /// Names of the labels of classify(), in order; empty without such a head.
  const std::vector<std::string>& labels() const;
  std::uint64_t embedding_length() const;

  /// A vector for each text; all go through the model together. Decoders can
  /// embed as well (the last token, unless they say otherwise).
  /// Errors: kUsage for texts that are too long, ids the model does not have,
  /// more dimensions than there are; kUnsupported for encoder-decoders.
  Result<std::vector<Embedding>> embed(std::span<const std::string> texts,
                                       const EmbedOptions& options = {}) const;
  Result<std::vector<Embedding>> embed(
      std::span<const std::vector<TokenId>> ids,
      const EmbedOptions& options = {}) const;
  /// A score for each label, in the order of labels(). With `second` the texts
  /// are read as a pair (a question and a passage).
  /// Errors: kUnsupported for a model without labels, kUsage.
  Result<std::vector<LabelScore>> classify(
      std::string_view text, std::optional<std::string_view> second = {}) const;
  /// The likeliest `count` tokens for each mask token of a text.
  /// Errors: kUnsupported for a model without such a head, kUsage for a text
  /// without a mask.
  Result<std::vector<MaskAnswer>> fill_mask(std::string_view text,
                                            std::size_t count = 5) const;
  /// Encodes a text and writes the answer of the decoder, as generate() does.
  /// Without max_tokens the answer ends where the context of training does,
  /// which is no bound otherwise: positions are relative.
  /// Errors: kUnsupported for a model that is no encoder-decoder, kUsage.
  Result<Generation> translate(
      std::string_view text, const GenerateOptions& options,
      const std::function<bool(std::string_view)>& on_text = {}) const;
  /// What the model's head gives: logits of every position (decoders, masks,
  /// encoder-decoders), scores of labels (one row), without a head the last
  /// hidden state. Errors: kUsage.
  Result<HeadOutput> head_outputs(const HeadInput& input) const;

  struct Parts;  // lib/model/engine
  explicit LocalModel(std::shared_ptr<Parts> parts);

  const std::shared_ptr<Parts>& parts() const noexcept { return parts_; }

 private:
  std::shared_ptr<Parts> parts_;
};

}  // namespace hug
