// Keys and values of the tokens before, in pages of 256 tokens: what one layer
// of one sequence remembers.
//
// Keys lie token by token within a dimension, sixteen tokens side by side, so
// that a kernel has the scores of sixteen tokens without adding across; values
// lie dimension by dimension within a token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "hug/result.h"
#include "nn/huge_block.h"
#include "nn/kv_layout.h"
#include "nn/team.h"

namespace hug::nn {

/// Memory for the pages of one sequence. Grows, and uses again what was given
/// back. Belongs to one thread at a time.
class PageArena {
 public:
  /// 64-aligned. Errors: kLimit when the system has no memory left.
  Result<std::byte*> take(std::size_t size);
  void give(std::byte* page, std::size_t size);

  /// Bytes of all pages that are out.
  std::size_t used() const noexcept { return used_; }

 private:
  std::vector<HugeBlock> slabs_;
  std::size_t filled_ = 0;  // bytes of the last slab
  std::map<std::size_t, std::vector<std::byte*>> free_;
  std::size_t used_ = 0;
};

/// What one layer remembers. Belongs to one thread at a time.
class KvCache {
 public:
  KvCache() = default;
  /// `window`: tokens ever looked back at, the current one included; 0: all.
  KvCache(const KvShape& shape, CacheType type, std::size_t window,
          std::shared_ptr<PageArena> arena);
  ~KvCache();
  KvCache(KvCache&&) = default;
  KvCache& operator=(KvCache&& other) noexcept;
  KvCache(const KvCache&) = delete;
  KvCache& operator=(const KvCache&) = delete;

  const KvLayout& layout() const noexcept { return layout_; }

  std::size_t n_token() const noexcept { return n_token_; }

  /// By number of the page; null where the window has passed.
  std::span<std::byte* const> pages() const noexcept { return pages_; }

  /// Makes room for n more tokens and gives back what the window has passed.
  /// Errors: kLimit when there is no memory left.
  Result<void> prepare(std::size_t n);
  /// Appends n tokens that there is room for. Shapes: keys (n, n_head,
  /// key_dim), values (n, n_head, value_dim).
  void append(Team& team, std::size_t n, std::span<const float> keys,
              std::span<const float> values);
  /// Forgets all tokens from n on. False, and nothing done, when the window
  /// has passed what tokens from there would look back at.
  bool truncate(std::size_t n);
  bool can_truncate(std::size_t n) const noexcept;
  /// The first token that is still there.
  std::size_t first() const noexcept;
  /// Whether a cache of n tokens may have lost those before `first`.
  bool may_start_at(std::size_t first, std::size_t n) const noexcept;
  /// Takes pages for tokens [first, n), which the caller fills. For a cache
  /// that is read back. Requires may_start_at(). Errors: kLimit.
  Result<void> restore(std::size_t n, std::size_t first);
  /// A copy with pages of its own from `arena`.
  Result<KvCache> copy(std::shared_ptr<PageArena> arena) const;

 private:
  void drop_passed(std::size_t next);
  Result<void> reserve(std::size_t n);

  KvLayout layout_;
  std::size_t window_ = 0;
  std::size_t n_token_ = 0;
  std::shared_ptr<PageArena> arena_;
  std::vector<std::byte*> pages_;
};

}  // namespace hug::nn
