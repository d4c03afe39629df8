// What a model remembers of one text: keys and values a layer, and the states
// of recurrent layers.
//
// The forward pass appends to it (forward.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "arch/weights.h"
#include "hug/byte_source.h"
#include "hug/result.h"
#include "nn/kv_cache.h"
#include "nn/workspace.h"

namespace hug::arch {

struct SequenceOptions {
  nn::CacheType cache = nn::CacheType::kF16;
  /// Memory that passes compute in; sequences that take turns may share it.
  /// Null: one of its own.
  std::shared_ptr<nn::Workspace> workspace = {};
};

/// What a layer remembers of the tokens before.
struct LayerState {
  nn::KvCache kv = {};
  std::vector<float> conv = {};  // last inputs of a convolution
  std::vector<float> ssm = {};   // (inner, state)
};

/// One sequence. Belongs to one thread at a time; the model must outlive it.
class Sequence {
 public:
  explicit Sequence(const Model& model, SequenceOptions options = {});
  Sequence(Sequence&&) = default;
  Sequence& operator=(Sequence&&) = default;

  std::size_t n_token() const noexcept { return n_token_; }

  /// Forgets all tokens from n on, so that the next one stands at position n.
  /// False, and nothing done, when that cannot be: a recurrent state does not
  /// go back, nor does a sliding window that has passed. n of 0 always works.
  bool truncate(std::size_t n);
  /// A copy that goes its own way, in the same workspace. Errors: kLimit when
  /// there is no memory left.
  Result<Sequence> fork() const;

  /// Bytes of keys, values and states.
  std::size_t memory_bytes() const noexcept;

  using WriteBytes = std::function<Result<void>(std::span<const std::byte>)>;
  /// Writes all that is remembered. Errors: those of `write`.
  Result<void> write(const WriteBytes& write) const;
  /// Takes the place of what is remembered with what write() wrote, from
  /// `offset` of the source on; gives the offset behind it. Errors: kCorrupt
  /// for bytes that are not a whole state; kConflict for one of another model
  /// shape or cache type; kLimit. After an error the sequence is empty.
  Result<std::uint64_t> read(const ByteSource& source,
                             std::uint64_t offset = 0);

  // For the forward pass.
  const Model& model() const noexcept { return *model_; }

  LayerState& layer(std::size_t i) { return layers_[i]; }

  nn::Workspace& workspace() noexcept { return *options_.workspace; }

  void advance(std::size_t n) noexcept { n_token_ += n; }

 private:
  void clear();
  std::vector<std::byte> header() const;
  Result<std::uint64_t> read_all(const ByteSource& source,
                                 std::uint64_t offset);
  static Result<void> read_pages(const ByteSource& source,
                                 std::uint64_t& offset, std::uint64_t n,
                                 std::uint64_t first, nn::KvCache& kv);
  static Result<void> read_state(const ByteSource& source,
                                 std::uint64_t& offset,
                                 std::vector<float>& state);

  const Model* model_;
  SequenceOptions options_;
  std::shared_ptr<nn::PageArena> arena_;
  std::vector<LayerState> layers_;
  std::size_t n_token_ = 0;
};

}  // namespace hug::arch
