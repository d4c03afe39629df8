// A file on a hub as a byte source. Small reads fetch a little more than was
// asked for, and more the longer they go on in order; what was fetched is kept
// for a while, so that a reader that goes back a few bytes costs nothing.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <list>
#include <mutex>
#include <utility>
#include <vector>

#include "api/address.h"
#include "api/session.h"
#include "base/hex.h"
#include "hug/target.h"
#include "transfer/range_fetch.h"

namespace hug {

namespace {

constexpr std::uint64_t kFirstAhead = 1024;
constexpr std::uint64_t kMostAhead = 1U << 20;
constexpr std::uint64_t kMostKept = 16U << 20;
constexpr std::uint64_t kMostHinted = 16U << 20;

class RemoteSource final : public ByteSource {
 public:
  RemoteSource(Hub& hub, RemoteFile file)
      : name_(name_of(file)), fetch_(hub, std::move(file)) {}

  const std::string& name() const noexcept override { return name_; }

  std::uint64_t size() const noexcept override { return fetch_.file().size; }

  std::optional<std::string> sha256() const override {
    const auto& etag = fetch_.file().etag;
    if (!base::is_lower_hex(etag, 64)) return std::nullopt;
    return etag;
  }

  std::uint64_t bytes_fetched() const noexcept override { return fetched_; }

  Result<void> read_at(std::uint64_t offset,
                       std::span<std::byte> out) const override {
    if (offset > size() || out.size() > size() - offset) {
      return Error(Code::kCorrupt, "'" + name_ + "' ends before byte " +
                                       std::to_string(offset + out.size()));
    }
    // One reader at a time: a second one mostly wants what the first fetches.
    const std::lock_guard lock(mutex_);
    while (!out.empty()) {
      auto n = copy_kept(offset, out);
      if (n == 0 && out.size() >= kMostAhead) return fetch_into(offset, out);
      if (n == 0) {
        HUG_TRY(fetch_block(offset, out.size()));
        n = copy_kept(offset, out);
      }
      offset += n;
      out = out.subspan(n);
    }
    return {};
  }

  void prefetch(std::uint64_t offset, std::uint64_t size) const override {
    const std::lock_guard lock(mutex_);
    hint_ = {offset, std::min(size, kMostHinted)};
  }

 private:
  struct Block {
    std::uint64_t offset = 0;
    std::vector<std::byte> bytes = {};
  };

  static std::string name_of(const RemoteFile& file) {
    HubUri uri;
    uri.repo = file.repo;
    uri.revision = file.commit;
    uri.path = file.path;
    return format_hub_uri(uri);
  }

  /// Copies what is kept from `offset` on; 0 when nothing is.
  std::size_t copy_kept(std::uint64_t offset, std::span<std::byte> out) const {
    for (auto it = kept_.begin(); it != kept_.end(); ++it) {
      if (offset < it->offset || offset >= it->offset + it->bytes.size()) {
        continue;
      }
      const auto from = static_cast<std::size_t>(offset - it->offset);
      const auto n = std::min(out.size(), it->bytes.size() - from);
      std::memcpy(out.data(), it->bytes.data() + from, n);
      kept_.splice(kept_.begin(), kept_, it);
      return n;
    }
    return 0;
  }

  std::uint64_t choose_size(std::uint64_t offset, std::size_t wanted) const {
    std::uint64_t size = wanted;
    if (offset >= hint_.offset && offset < hint_.offset + hint_.size) {
      size = std::max(size, hint_.offset + hint_.size - offset);
    } else {
      ahead_ = offset == next_ && next_ != 0 ? std::min(ahead_ * 2, kMostAhead)
                                             : kFirstAhead;
      size = std::max(size, ahead_);
    }
    return std::min(size, this->size() - offset);
  }

  Result<void> fetch_into(std::uint64_t offset,
                          std::span<std::byte> out) const {
    HUG_TRY(fetch_.fetch(
        {offset, out.size()}, [&](auto at, auto bytes) -> Result<void> {
          std::memcpy(out.data() + (at - offset), bytes.data(), bytes.size());
          fetched_ += bytes.size();
          return {};
        }));
    next_ = offset + out.size();
    return {};
  }

  Result<void> fetch_block(std::uint64_t offset, std::size_t wanted) const {
    Block block;
    block.offset = offset;
    block.bytes.resize(static_cast<std::size_t>(choose_size(offset, wanted)));
    HUG_TRY(fetch_into(offset, block.bytes));
    kept_.push_front(std::move(block));
    std::uint64_t total = 0;
    for (auto it = kept_.begin(); it != kept_.end();) {
      total += it->bytes.size();
      it = total > kMostKept && it != kept_.begin() ? kept_.erase(it)
                                                    : std::next(it);
    }
    return {};
  }

  std::string name_;
  mutable transfer::RangeFetch fetch_;
  mutable std::mutex mutex_;
  mutable std::list<Block> kept_;
  mutable http::ByteRange hint_ = {};
  mutable std::uint64_t ahead_ = kFirstAhead;
  mutable std::uint64_t next_ = 0;
  mutable std::atomic<std::uint64_t> fetched_{0};
};

}  // namespace

Result<ByteSourcePtr> open_remote(Hub& hub, const RemoteFile& file) {
  if (hub.offline()) {
    return Error(Code::kOffline, "'" + file.path + "' is not in the cache")
        .hint("unset " + hub.parts().offline + " to read it from the hub");
  }
  return ByteSourcePtr(std::make_shared<RemoteSource>(hub, file));
}

}  // namespace hug
