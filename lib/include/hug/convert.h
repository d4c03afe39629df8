// Checkpoints to gguf and back. One pass: tensors are read as they are needed
// (also straight from a hub), transformed, quantized where asked, and written;
// memory stays small whatever the model.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hug/byte_source.h"
#include "hug/context.h"
#include "hug/export.h"
#include "hug/file_set.h"
#include "hug/result.h"

namespace hug {

struct ConvertOptions {
  /// "auto" (bf16 where the weights are, else f16), "f32", "f16", "bf16",
  /// "q8_0" ... or any file type of `quantize`, which is then applied in the
  /// same pass. For safetensors output: "auto" keeps types (of weights of few
  /// bits, too, which any other type expands).
  std::string type = "auto";
  /// Only what the reference converter writes; else also hug.* keys.
  bool plain = false;
  /// The name of the folder or repository the name of the model is guessed
  /// from; empty: the last part of the file set's name.
  std::string source_name = {};
  /// What general.name is to be; empty: guessed.
  std::string model_name = {};
  /// The pre-tokenizer ("qwen2"); empty: recognised.
  std::string pre = {};
  /// hug.source.*, when known.
  std::string repository = {};
  std::string revision = {};
  /// Replaces general.* values; keys as in gguf ("general.author").
  std::map<std::string, std::string> metadata = {};
  unsigned threads = 0;  ///< 0: all processors; the result does not depend
  /// Safetensors: bytes of a shard at most; 0: one file.
  std::uint64_t max_shard_bytes = 5'000'000'000;
  /// Forget what an interrupted run left.
  bool restart = false;
};

struct ConvertReport {
  std::string architecture = {};
  std::string type = {};                  ///< as named on the command line
  std::vector<std::string> outputs = {};  ///< paths, in order
  std::uint64_t bytes = 0;                ///< of them
  std::uint64_t n_tensors = 0;
  std::uint64_t n_parameters = 0;
  std::uint64_t reused_bytes = 0;  ///< found from an interrupted run
  std::vector<std::string> warnings = {};
};

/// Converts a checkpoint (a folder or repository with config.json and weights)
/// to one gguf file at `output`. Nothing is there until it is complete; an
/// interrupted run leaves "OUTPUT.part" and goes on from it.
/// Errors: kUnsupported (a family, tokenizer or storage that is not known),
/// kCorrupt, kNotFound, kUsage (an unknown type), kNoSpace, kIo, kCancelled.
HUG_EXPORT Result<ConvertReport> convert_to_gguf(
    Context& context, const FileSet& files, const std::string& output,
    const ConvertOptions& options = {});

/// Converts a gguf model (one file or all of its shards, in order) back to a
/// folder of safetensors with the names of the original, config.json and the
/// files of its tokenizer; what the file does not tell becomes a warning.
/// Tensors are decoded to `options.type`; "auto" keeps types of 16 and 32 bits
/// and gpt-oss's mxfp4 experts, and makes bf16 of what is quantized.
/// Errors: as convert_to_gguf.
HUG_EXPORT Result<ConvertReport> convert_to_safetensors(
    Context& context, const std::vector<ByteSourcePtr>& gguf,
    const std::string& output, const ConvertOptions& options = {});

/// Rewrites weights (safetensors or PyTorch) as safetensors in the folder
/// `output`, in another type or other shards, and copies every other file.
/// Errors: as convert_to_gguf.
HUG_EXPORT Result<ConvertReport> rewrite_safetensors(
    Context& context, const FileSet& files, const std::string& output,
    const ConvertOptions& options = {});

/// The classes (config.json "architectures") that convert_to_gguf knows.
HUG_EXPORT std::vector<std::string> convertible_classes();

}  // namespace hug
