// What stands behind hug::Tokenizer: one of two families.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "hug/tokenizer.h"

namespace hug {

class Tokenizer::Impl {
 public:
  virtual ~Impl() = default;

  /// `pair` may be null.
  virtual Result<Encoding> encode(std::span<const TextSegment> segments,
                                  const std::string_view* pair,
                                  bool add_special, bool offsets) const = 0;
  virtual Result<std::string> decode(std::span<const TokenId> ids,
                                     bool skip_special) const = 0;
  virtual std::string token_bytes(TokenId id) const = 0;
  virtual std::size_t size() const = 0;
  virtual std::string_view token_text(TokenId id) const = 0;
  virtual TokenId find(std::string_view text) const = 0;  // -1: absent
  virtual bool is_special(TokenId id) const = 0;
  virtual std::string_view kind() const = 0;

  SpecialTokens special;
};

namespace text {

/// Objects that are expensive to make and that one thread uses at a time.
template <class T>
class Pool {
 public:
  class Lease {
   public:
    Lease(const Pool& pool, std::unique_ptr<T> item)
        : pool_(&pool), item_(std::move(item)) {}

    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) noexcept = delete;

    ~Lease() {
      if (item_) pool_->give_back(std::move(item_));
    }

    T& operator*() const { return *item_; }

   private:
    const Pool* pool_;
    std::unique_ptr<T> item_;
  };

  template <class Make>
  Lease take(Make make) const {
    {
      const std::lock_guard lock(mutex_);
      if (!items_.empty()) {
        auto item = std::move(items_.back());
        items_.pop_back();
        return Lease(*this, std::move(item));
      }
    }
    return Lease(*this, make());
  }

 private:
  void give_back(std::unique_ptr<T> item) const {
    const std::lock_guard lock(mutex_);
    if (items_.size() < 16) items_.push_back(std::move(item));
  }

  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<T>> items_;
};

/// The ids that end a generation, by the names that models give them.
/// `find` tells the id of a text or -1; `eos` and others are added.
std::vector<TokenId> find_end_of_generation(const Tokenizer::Impl& tokenizer);

}  // namespace text

}  // namespace hug
