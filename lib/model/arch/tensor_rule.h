// Names of tensors in both worlds, one rule a row, read in both directions:
// from a checkpoint to gguf and back. In a pattern '#' stands for the number
// of a layer and '@' for that of a part (an expert, a head).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hug::arch {

/// How the numbers of a tensor change on the way into gguf. Rows run along
/// the first dimension of the checkpoint's shape.
enum class Op : std::uint8_t {
  kCopy,
  kDrop,           // gguf has no such tensor
  kPermuteQ,       // two halves of a head become neighbouring pairs; n_head
  kPermuteK,       // the same with n_head_kv
  kNormalToNeoxQ,  // pairs of the rotated part become halves; n_head
  kNormalToNeoxK,  // the same with n_head_kv
  kAddOne,         // norm weights that are stored less one
  kNegExp,         // -exp(x)
  kTranspose,      // the last two dimensions change places
  kSqueeze,        // dimension 1, which is 1, goes
  kStack,          // parts '@' become the slices of one tensor
  kKeyOfKvB,       // kv_b: the key part of each head, transposed
  kValueOfKvB,     // kv_b: the value part of each head
  kGroupedQkv,     // groups of (queries, key, value): all queries first
  kHeadwiseQkv,    // (q, k, v) of each head: all queries first
  kEvenLast,       // even elements of the last dimension
  kOddLast,        // odd ones
  kFirstHalf,      // of dimension -2
  kSecondHalf,
  kEvenTransposed,  // the last two dimensions change places, then even rows
  kOddTransposed,
  kMxfp4,      // blocks and scales become ggml's mxfp4
  kMxfp4Even,  // of even rows
  kMxfp4Odd,
  kMxfp4Scales,    // goes with the blocks
  kSkipPositions,  // without the first rows (the offset of positions)
  kTrimVocab,      // rows beyond the vocabulary go
  kMustBeZero,     // dropped; refused unless all zero
  kIfFirst,        // the first tensor that maps to this name counts
  kUnlessTied,     // dropped when equal to the token embeddings
};

/// What ops must know of the model.
struct Geometry {
  std::uint64_t n_layer = 0;
  std::uint64_t n_embd = 0;
  std::uint64_t n_head = 0;
  std::uint64_t n_head_kv = 0;
  std::uint64_t head_dim = 0;
  std::uint64_t n_rot = 0;  ///< rotated dimensions of a head
  std::uint64_t n_expert = 0;
  std::uint64_t nope_dim = 0;   ///< of a key, without position
  std::uint64_t value_dim = 0;  ///< of a value, when it differs
  std::uint64_t position_offset = 0;
  std::uint64_t n_vocab = 0;  ///< 0: all rows
};

struct TensorRule {
  std::string_view gguf;  ///< "blk.#.attn_q"; without suffix
  std::string_view hf;    ///< "model.layers.#.self_attn.q_proj"
  Op op = Op::kCopy;
  /// The names are whole: no ".weight" or ".bias" follows.
  bool whole = false;
  /// Back from gguf, this spelling is meant only beside that tensor (its name
  /// without suffix), where several spellings have become one name.
  std::string_view beside = {};
};

/// The numbers that stand for '#' and '@' in a name; kNone where there is none.
struct NameMatch {
  static constexpr std::uint32_t kNone = 0xffffffffU;
  std::uint32_t layer = kNone;
  std::uint32_t part = kNone;
};

std::optional<NameMatch> match_name(std::string_view pattern,
                                    std::string_view name);
/// The pattern with the numbers put in.
std::string fill_name(std::string_view pattern, NameMatch match);

struct RuleMatch {
  const TensorRule* rule = nullptr;
  NameMatch numbers = {};
  std::string_view suffix = {};  ///< ".weight", ".bias" or empty
};

using RuleTables = std::span<const std::span<const TensorRule>>;

/// The name without its suffix matched against `hf` (or `gguf`) of one rule.
std::optional<RuleMatch> match_hf(const TensorRule& rule,
                                  std::string_view name);
std::optional<RuleMatch> match_gguf(const TensorRule& rule,
                                    std::string_view name);

}  // namespace hug::arch
