#include "transfer/remote_body.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "transfer/digest.h"
#include "transfer/range_fetch.h"

namespace hug::transfer {

namespace {

// So much is held of each body.
constexpr std::uint64_t kBlock = 4U << 20;

class RemoteBody final : public http::BodySource {
 public:
  RemoteBody(Hub& hub, RemoteFile file, std::uint64_t offset,
             std::uint64_t size)
      : fetch_(hub, std::move(file)), offset_(offset), size_(size) {}

  std::optional<std::uint64_t> size() const override { return size_; }

  Result<std::size_t> read(std::span<std::byte> out) override {
    if (at_ == block_.size()) HUG_TRY(next_block());
    const auto n = std::min(out.size(), block_.size() - at_);
    std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(at_), n,
                out.begin());
    at_ += n;
    return n;
  }

  Result<void> rewind() override {
    block_.clear();
    at_ = 0;
    fetched_ = 0;
    return {};
  }

 private:
  bool whole() const { return offset_ == 0 && size_ == fetch_.file().size; }

  Result<void> next_block() {
    block_.clear();
    at_ = 0;
    const auto n = std::min(kBlock, size_ - fetched_);
    if (n == 0) {
      block_.shrink_to_fit();  // there may be thousands of us in one commit
      return {};
    }
    const auto& file = fetch_.file();
    if (fetched_ == 0 && whole()) hasher_ = hasher_for(file.etag, size_);
    block_.reserve(static_cast<std::size_t>(n));
    HUG_TRY(fetch_.fetch(
        {offset_ + fetched_, n}, [&](auto, auto bytes) -> Result<void> {
          block_.insert(block_.end(), bytes.begin(), bytes.end());
          return {};
        }));
    fetched_ += n;
    if (!whole()) return {};
    hasher_->update(block_);
    if (fetched_ < size_ || keeps_promise(file.etag, hasher_->finish())) {
      return {};
    }
    return Error(Code::kCorrupt, "'" + file.path + "' arrives damaged");
  }

  RangeFetch fetch_;
  std::uint64_t offset_;
  std::uint64_t size_;
  std::uint64_t fetched_ = 0;
  std::vector<std::byte> block_ = {};
  std::size_t at_ = 0;
  std::optional<base::Hasher> hasher_ = {};
};

}  // namespace

http::BodySourcePtr remote_body(Hub& hub, RemoteFile file, std::uint64_t offset,
                                std::uint64_t size) {
  return std::make_shared<RemoteBody>(hub, std::move(file), offset, size);
}

http::BodySourcePtr remote_body(Hub& hub, RemoteFile file) {
  const auto size = file.size;
  return remote_body(hub, std::move(file), 0, size);
}

}  // namespace hug::transfer
