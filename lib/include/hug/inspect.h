// What a model is, from its headers: kind, architecture, sizes, metadata,
// tensors, tokenizer, template; and whether its file is sound. A model in a
// repository is described from the few bytes that are fetched for it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hug/byte_source.h"
#include "hug/export.h"
#include "hug/file_set.h"
#include "hug/result.h"

namespace hug {

struct InspectOptions {
  /// The gguf file (or the first of its parts) to look at; empty: the only
  /// model of the set.
  std::string gguf = {};
  /// Read all weights too and look for values that are not finite.
  bool check_values = false;
  unsigned threads = 0;  ///< of that; 0: all processors
  /// Bytes of a safetensors checkpoint that may be fetched over a network; 0:
  /// as many as it takes. What does not fit is left out, and named: headers
  /// of files, the tokenizer's settings.
  std::uint64_t most_fetched = 0;
  /// Arrays of metadata with more elements than this are cut in their JSON.
  std::size_t array_items = 16;
};

struct ModelPart {
  std::string name = {};  ///< "embedding", "attention", "experts" ...
  std::uint64_t parameters = 0;
  std::uint64_t bytes = 0;
};

struct TypeShare {
  std::string type = {};  ///< "q4_K", "BF16"
  std::uint64_t tensors = 0;
  std::uint64_t parameters = 0;
  std::uint64_t bytes = 0;
};

struct ModelMetadata {
  std::string key = {};
  std::string type = {};     ///< "u32", "str", "arr str"; "json" of config.json
  std::string json = {};     ///< the value as JSON, long arrays cut
  std::uint64_t length = 0;  ///< of arrays
};

struct ModelTensor {
  std::string name = {};
  std::string type = {};
  /// In the order of the container: gguf has the fastest dimension first,
  /// others have it last.
  std::vector<std::uint64_t> shape = {};
  std::uint64_t bytes = 0;
  std::string file = {};
};

struct ModelProblem {
  std::string where = {};  ///< tensor, key or file
  std::string text = {};
};

/// A fact of the original model that the file does not hold.
struct ModelMissing {
  std::string key = {};   ///< where hug's own files have it
  std::string text = {};  ///< what it is (and what is taken instead)
};

/// Hyper-parameters as far as they are known; 0 or empty: not.
struct ModelFacts {
  std::uint64_t layers = 0;
  std::uint64_t embedding = 0;
  std::uint64_t heads = 0;
  std::uint64_t heads_kv = 0;
  std::uint64_t key_length = 0;
  std::uint64_t value_length = 0;
  std::uint64_t feed_forward = 0;
  std::uint64_t vocabulary = 0;
  std::uint64_t context = 0;
  std::uint64_t experts = 0;
  std::uint64_t experts_used = 0;
  std::uint64_t sliding_window = 0;
  double rope_base = 0;
  std::string rope_scaling = {};  ///< "yarn x4"
};

struct ModelTokenizer {
  std::string kind = {};  ///< "gpt2", "llama", "tokenizer.json" ...
  std::string pre = {};
  std::uint64_t tokens = 0;
  std::string bos = {};
  std::string eos = {};
};

struct ModelTemplate {
  bool present = false;
  bool tools = false;  ///< it speaks of tools
  std::uint64_t bytes = 0;
  std::string sha256 = {};
};

struct Inspection {
  std::string format = {};        ///< "gguf", "safetensors", "pytorch"
  std::string version = {};       ///< of the container: "3"
  std::string architecture = {};  ///< "llama", "LlamaForCausalLM"
  std::string name = {};          ///< as the model calls itself
  std::string file_type = {};     ///< "Q4_K_M" by the number in a gguf file
  std::vector<std::string> files = {};
  std::uint64_t file_bytes = 0;
  std::uint64_t parameters = 0;
  double bits_per_weight = 0;
  ModelFacts facts = {};
  std::vector<ModelPart> parts = {};  ///< largest first
  std::vector<TypeShare> types = {};  ///< largest first
  std::vector<ModelMetadata> metadata = {};
  std::vector<ModelTensor> tensors = {};  ///< in file order
  ModelTokenizer tokenizer = {};
  ModelTemplate chat_template = {};
  /// What is wrong. Bounds, overlaps and names have been checked by reading;
  /// a file that fails there gives an error instead.
  std::vector<ModelProblem> problems = {};
  /// What a gguf file of another writer has no keys for and hug would obey:
  /// the model runs as its metadata say, not quite as the original.
  std::vector<ModelMissing> missing = {};
  bool shapes_checked = false;  ///< the architecture's shapes are known
  bool values_checked = false;
  std::uint64_t bytes_fetched = 0;  ///< over a network
  /// Files that would have cost more than InspectOptions::most_fetched. With
  /// weights among them tensors and parts are those of the other files,
  /// parameters an estimate and types unknown.
  std::vector<std::string> unread = {};
  std::uint64_t unread_weights = 0;  ///< files of weights among them
  std::uint64_t unread_bytes = 0;    ///< what they would cost, about
};

/// Errors: kNotFound when there is no model; kCorrupt, kUnsupported, kLimit,
/// kDenied (a pickle that would run something); those of reading.
HUG_EXPORT Result<Inspection> inspect(const FileSet& files,
                                      const InspectOptions& options = {});

}  // namespace hug
