// An architecture family is one value: which checkpoints it converts, what its
// config.json leaves unsaid, which keys and tensors it has in gguf. Adding one
// costs a file in families/ and a line in families.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arch/config.h"
#include "arch/key_reader.h"
#include "arch/key_rule.h"
#include "arch/key_writer.h"
#include "arch/tensor_rule.h"
#include "hug/result.h"

namespace hug::arch {

/// Which files a family's vocabulary comes from, and what is special about it.
enum class Vocabulary : std::uint8_t {
  kBpe,         // tokenizer.json
  kSpmOrBpe,    // tokenizer.model where there is one
  kLlama,       // the same, with the variants that llama checkpoints have
  kGemma,       // tokenizer.model, with CodeGemma's ids
  kGemma2,      // tokenizer.model
  kGemma3,      // tokenizer.model or tokenizer.json
  kPhi3,        // tokenizer.model and the added tokens of tokenizer.json
  kGlm4,        // tokenizer.json; ids of its own
  kMamba,       // as kBpe, padded
  kBert,        // WordPiece
  kNomicBert,   // WordPiece or Unigram
  kRoberta,     // tokenizer.json
  kXlmRoberta,  // sentencepiece.bpe.model or tokenizer.json
  kCamembert,   // tokenizer.json; Unigram with an order of ids of its own
  kT5,          // spiece.model
};

/// A tensor that is computed rather than stored.
struct ExtraTensor {
  std::string name = {};
  std::vector<float> values = {};
};

/// A tensor of the checkpoint that becomes a key.
struct KeptTensor {
  std::string_view hf;   ///< its name, prefixes taken away
  std::string_view key;  ///< an array of f32
  bool unless_tied = false;
};

/// What a gguf file says of its model, for the way back to config.json.
struct GgufFacts {
  KeyReader keys;
  std::function<bool(std::string_view name)> has_tensor = {};
  bool keeps_mxfp4 = false;  ///< its experts stay in that type
  /// The tensors that `extras` computes, as far as the file has them.
  std::map<std::string, std::vector<float>, std::less<>> extras = {};
};

struct Family {
  std::string_view arch;                      ///< general.architecture
  std::span<const std::string_view> classes;  ///< config.json architectures[0]
  std::string_view model_type = {};           ///< as transformers has it
  /// A JSON object: what the family's class assumes where the file is silent.
  /// On the way back it tells which spelling the class uses.
  std::string_view defaults = "{}";
  /// Values that follow from others.
  void (*prepare)(Config& config) = nullptr;
  /// All keys of the architecture and general.file_type, in order.
  Result<void> (*keys)(const Config& config, KeyWriter& out) = nullptr;
  /// Names in config.json of keys of its own, or that differ from the shared
  /// ones; for the way back all of them, `keys` may write others.
  std::span<const KeyRule> key_rules = {};
  /// Keys that stand before all others.
  void (*early_keys)(const Config& config, KeyWriter& out) = nullptr;
  RuleTables rules;
  Vocabulary vocabulary = Vocabulary::kBpe;
  /// Beginnings of tensor names that are taken away, each once, in order.
  std::span<const std::string_view> strip = {};
  /// Put before the names of a bare model, whose class ends in "Model".
  std::string_view bare_prefix = {};
  /// Further changes of a tensor's name in the checkpoint.
  void (*rename)(const Config& config, std::string& name) = nullptr;
  std::vector<ExtraTensor> (*extras)(const Config& config) = nullptr;
  /// Corrects what the ops need where the usual keys do not tell.
  void (*geometry)(const Config& config, Geometry& geometry) = nullptr;
  /// Keys for what the reference format loses (hug_keys.h).
  void (*hug_keys)(const Config& config, KeyWriter& out) = nullptr;
  /// Tensors that the reference drops and hug keeps as keys.
  std::span<const KeptTensor> kept = {};
  /// pooling_type comes from modules.json, after the keys above.
  bool reads_pooling = false;
  /// Keys that stand behind pooling_type.
  void (*late_keys)(const Config& config, KeyWriter& out) = nullptr;
  /// Whether a gguf file of the architecture is of this family, where several
  /// share one.
  bool (*is_kind)(const GgufFacts& file) = nullptr;
  /// The inverse of prepare, keys and hug_keys where rules do not tell.
  void (*restore)(const GgufFacts& file, Config& config) = nullptr;
  /// The inverse of rename, after the rules.
  void (*rename_back)(const Config& config, std::string& name) = nullptr;
};

/// Null when no family converts the class.
const Family* find_family_of_class(std::string_view hf_class) noexcept;
/// The family that a gguf file is of; null for an unknown architecture.
const Family* find_family(std::string_view arch, const GgufFacts& file);
std::span<const Family* const> all_families() noexcept;

/// The configuration with everything that the family assumes.
Result<Config> settle(const Family& family, Config config);
Geometry geometry_of(const Family& family, const Config& config);

/// The keys that most families share, in the reference's order.
Result<void> write_common_keys(const Config& config, KeyWriter& out);
/// num_key_value_heads where it is not there: all heads have their own.
void fill_kv_heads(Config& config);
/// hidden_size / num_attention_heads; 0 when they are not there.
std::uint64_t plain_head_dim(const Config& config);
/// True for layers whose entry of layer_types is "sliding_attention"; empty
/// when config.json has no such list.
std::vector<bool> sliding_layers(const Config& config);
void set_sliding_layers(Config& config, const std::vector<bool>& layers);
/// Sets `name` to the share of a head that is rotated.
void restore_partial(const GgufFacts& file, Config& config,
                     std::string_view name);

}  // namespace hug::arch
