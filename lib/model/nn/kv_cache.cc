#include "nn/kv_cache.h"

#include <algorithm>
#include <cstring>

#include "nn/float_kernels.h"

namespace hug::nn {

namespace {

constexpr std::size_t kSlab = std::size_t{2} << 20;

std::size_t lines(std::size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

Error no_memory(std::size_t size) {
  return Error(Code::kLimit, "no memory is left for " + std::to_string(size) +
                                 " bytes of keys and values")
      .hint("shorten the context");
}

}  // namespace

std::size_t element_size(CacheType type) noexcept {
  return type == CacheType::kF32 ? 4 : type == CacheType::kF16 ? 2 : 1;
}

KvLayout make_kv_layout(const KvShape& shape, CacheType type) noexcept {
  KvLayout l;
  l.type = type;
  l.shape = shape;
  l.key_stride =
      type == CacheType::kQ8 ? (shape.key_dim + 1) / 2 * 2 : shape.key_dim;
  l.value_stride = (shape.value_dim + 15) / 16 * 16;
  const std::size_t size = element_size(type);
  const std::size_t scales = type == CacheType::kQ8 ? 2 * kPageTokens : 0;
  l.key_codes = kPageTokens * l.key_stride * size;
  l.value_codes = kPageTokens * l.value_stride * size;
  l.values_at = lines(l.key_codes + scales);
  l.head_size = l.values_at + lines(l.value_codes + scales);
  l.page_size = shape.n_head * l.head_size;
  return l;
}

std::size_t unpacked_size(const KvLayout& layout, std::size_t n_row,
                          std::size_t step) noexcept {
  const std::size_t blocks = n_row > kDirectRows
                                 ? std::max(kKeyBlock * layout.shape.key_dim,
                                            kValueBlock * layout.value_stride)
                                 : 0;
  if (layout.type != CacheType::kQ8) return blocks;
  // Few rows, of which the last block may have: queries and weights in sixteen
  // bits, scales of values, of queries and of weights.
  const std::size_t rows = std::min(n_row, kDirectRows);
  const std::size_t query = (layout.key_stride + 15) / 16 * 16;
  return std::max(blocks, rows * (query + step) / 2 + step + 2 * rows);
}

Result<std::byte*> PageArena::take(std::size_t size) {
  auto& free = free_[size];
  if (free.empty()) {
    if (slabs_.empty() || slabs_.back().size() - filled_ < size) {
      HugeBlock slab(std::max(kSlab, (size + kSlab - 1) / kSlab * kSlab));
      if (slab.data() == nullptr) return no_memory(size);
      slabs_.push_back(std::move(slab));
      filled_ = 0;
    }
    free.push_back(slabs_.back().data() + filled_);
    filled_ += size;
  }
  std::byte* page = free.back();
  free.pop_back();
  used_ += size;
  return page;
}

void PageArena::give(std::byte* page, std::size_t size) {
  free_[size].push_back(page);
  used_ -= size;
}

KvCache::KvCache(const KvShape& shape, CacheType type, std::size_t window,
                 std::shared_ptr<PageArena> arena)
    : layout_(make_kv_layout(shape, type)),
      window_(window),
      arena_(std::move(arena)) {}

KvCache::~KvCache() {
  if (arena_) truncate(0);
}

KvCache& KvCache::operator=(KvCache&& other) noexcept {
  std::swap(layout_, other.layout_);
  std::swap(window_, other.window_);
  std::swap(n_token_, other.n_token_);
  std::swap(arena_, other.arena_);
  std::swap(pages_, other.pages_);
  return *this;
}

std::size_t KvCache::first() const noexcept {
  std::size_t p = 0;
  while (p < pages_.size() && pages_[p] == nullptr)
    ++p;
  return p * kPageTokens;
}

// Gives back pages that no token from `next` on looks back at.
void KvCache::drop_passed(std::size_t next) {
  if (window_ == 0 || next + 1 <= window_) return;
  const std::size_t passed =
      std::min((next + 1 - window_) / kPageTokens, pages_.size());
  for (std::size_t p = passed; p-- > 0 && pages_[p] != nullptr;) {
    arena_->give(pages_[p], layout_.page_size);
    pages_[p] = nullptr;
  }
}

Result<void> KvCache::reserve(std::size_t n) {
  const std::size_t before = pages_.size();
  while (pages_.size() * kPageTokens < n) {
    auto page = arena_->take(layout_.page_size);
    if (!page) {
      for (; pages_.size() > before; pages_.pop_back())
        arena_->give(pages_.back(), layout_.page_size);
      return std::move(page).error();
    }
    pages_.push_back(*page);
  }
  return {};
}

Result<void> KvCache::prepare(std::size_t n) {
  drop_passed(n_token_);
  return reserve(n_token_ + n);
}

void KvCache::append(Team& team, std::size_t n, std::span<const float> keys,
                     std::span<const float> values) {
  const KvShape& s = layout_.shape;
  const auto store = float_kernels(team.isa()).store;
  const auto put = [&](std::size_t token) {
    StoreJob job;
    job.layout = &layout_;
    job.page = pages_[(n_token_ + token) / kPageTokens];
    job.slot = (n_token_ + token) % kPageTokens;
    for (job.head = 0; job.head < s.n_head; ++job.head) {
      job.key = keys.data() + (token * s.n_head + job.head) * s.key_dim;
      job.value = values.data() + (token * s.n_head + job.head) * s.value_dim;
      store(job);
    }
  };
  // Threads take whole groups: tokens of one share the lines of its keys.
  const std::size_t skew = n_token_ % kGroupTokens;
  const std::size_t groups = (skew + n + kGroupTokens - 1) / kGroupTokens;
  team.run(groups, 1, [&](std::size_t begin, std::size_t end) {
    const std::size_t from = std::max(begin * kGroupTokens, skew) - skew;
    const std::size_t to = std::min(end * kGroupTokens - skew, n);
    for (std::size_t t = from; t < to; ++t)
      put(t);
  });
  n_token_ += n;
}

bool KvCache::may_start_at(std::size_t first, std::size_t n) const noexcept {
  if (first == 0 || n == 0) return first == 0;
  const bool passed = window_ > 0 && n + 1 > window_;
  return passed && first <= n + 1 - window_ && first % kPageTokens == 0;
}

bool KvCache::can_truncate(std::size_t n) const noexcept {
  return n == 0 || n >= n_token_ || may_start_at(first(), n);
}

bool KvCache::truncate(std::size_t n) {
  if (n >= n_token_) return true;
  if (!can_truncate(n)) return false;
  const std::size_t kept = (n + kPageTokens - 1) / kPageTokens;
  for (; pages_.size() > kept; pages_.pop_back()) {
    if (pages_.back() != nullptr)
      arena_->give(pages_.back(), layout_.page_size);
  }
  n_token_ = n;
  return true;
}

Result<void> KvCache::restore(std::size_t n, std::size_t first) {
  truncate(0);
  pages_.resize(std::min(first, n) / kPageTokens, nullptr);
  auto taken = reserve(n);
  if (!taken) {
    pages_.clear();
    return taken;
  }
  n_token_ = n;
  return {};
}

Result<KvCache> KvCache::copy(std::shared_ptr<PageArena> arena) const {
  KvCache out(layout_.shape, layout_.type, window_, std::move(arena));
  HUG_TRY(out.restore(n_token_, first()));
  for (std::size_t p = 0; p < pages_.size(); ++p) {
    if (out.pages_[p] == nullptr) continue;
    std::memcpy(out.pages_[p], pages_[p], layout_.page_size);
  }
  return out;
}

}  // namespace hug::nn
