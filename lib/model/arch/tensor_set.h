// The tensors of a model by their gguf names, wherever they come from: views
// of a mapped file where the bytes lie as they are wanted, else memory of
// their own.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/gguf_split.h"
#include "hug/byte_source.h"
#include "hug/file_set.h"
#include "hug/result.h"
#include "hug/tokenizer.h"
#include "nn/huge_block.h"
#include "nn/team.h"
#include "tensor/dtype.h"

namespace hug::arch {

/// What the bytes lie in; lives as long as a model that was made of them.
struct TensorStore {
  std::string name = {};
  std::vector<ByteSourcePtr> files = {};
  std::vector<ByteSourcePtr> parts = {};  // of them, where bytes are taken from
  std::vector<nn::HugeBlock> blocks = {};
  std::shared_ptr<void> keeper = {};  // what looks after the files' pages

  /// True when a mapped file became shorter since: what was computed from it
  /// is wrong.
  bool is_damaged() const noexcept;
  /// Memory for one tensor. Errors: kLimit when there is none.
  Result<std::span<std::byte>> take(std::uint64_t bytes);

 private:
  std::span<std::byte> arena_ = {};  // of small tensors
};

struct StoredTensor {
  tensor::DType type = tensor::DType::kF32;
  std::array<std::uint64_t, 4> ne = {1, 1, 1, 1};  // ne[0]: a row
  std::span<const std::byte> bytes = {};

  std::uint64_t n_rows() const noexcept { return ne[1] * ne[2] * ne[3]; }

  std::uint64_t n_elements() const noexcept { return ne[0] * n_rows(); }
};

struct TensorSet {
  format::GgufMetadata metadata = {};  // as in a gguf file
  std::map<std::string, StoredTensor, std::less<>> tensors = {};
  std::shared_ptr<TensorStore> store = {};
  /// Made of tokenizer.json, where no gguf keys could describe it.
  std::optional<Tokenizer> tokenizer = {};
  /// Queries and keys lie in halves, as in the checkpoint, although gguf has
  /// them as neighbouring pairs.
  bool rotates_halves = false;
  /// What is missing, a sentence each.
  std::vector<std::string> warnings = {};

  const StoredTensor* find(std::string_view name) const noexcept {
    const auto it = tensors.find(name);
    return it == tensors.end() ? nullptr : &it->second;
  }
};

struct LoadOptions {
  /// Matrices of 16 or 32 bits become this on the way; those whose rows do not
  /// fit get the nearest type that does, embeddings stay.
  std::optional<tensor::DType> quantize = {};
  /// Keys for the vocabulary, too. Off: a model without a tokenizer.
  bool vocabulary = true;
};

/// A gguf model, in one file or several. Errors: kCorrupt, kLimit, those of
/// the sources.
Result<TensorSet> read_tensors(const format::GgufModel& model, nn::Team& team,
                               const LoadOptions& options = {});
/// A checkpoint as it lies in a folder: config.json, weights, a tokenizer.
/// Errors: kUnsupported (a class, tokenizer or storage nobody knows), kCorrupt,
/// kNotFound, kLimit, those of the sources.
Result<TensorSet> read_tensors(const FileSet& files, nn::Team& team,
                               const LoadOptions& options = {});

/// The type that `wanted` means at load. Errors: kUsage with a hint.
Result<tensor::DType> find_load_type(std::string_view name);

}  // namespace hug::arch
