#include "http/body.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"

namespace hug::http {
namespace {

class RangeBody final : public BodySource {
 public:
  RangeBody(ByteSourcePtr source, std::uint64_t offset, std::uint64_t size)
      : source_(std::move(source)), offset_(offset), size_(size) {}

  std::optional<std::uint64_t> size() const override { return size_; }

  Result<std::size_t> read(std::span<std::byte> out) override {
    const auto count = static_cast<std::size_t>(
        std::min<std::uint64_t>(out.size(), size_ - done_));
    if (count == 0) return std::size_t{0};
    HUG_TRY(source_->read_at(offset_ + done_, out.first(count)));
    done_ += count;
    return count;
  }

  Result<void> rewind() override {
    done_ = 0;
    return {};
  }

 private:
  ByteSourcePtr source_;
  std::uint64_t offset_;
  std::uint64_t size_;
  std::uint64_t done_ = 0;
};

class TextBody final : public BodySource {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}

  std::optional<std::uint64_t> size() const override { return text_.size(); }

  Result<std::size_t> read(std::span<std::byte> out) override {
    const auto count = std::min(out.size(), text_.size() - done_);
    if (count != 0) std::memcpy(out.data(), text_.data() + done_, count);
    done_ += count;
    return count;
  }

  Result<void> rewind() override {
    done_ = 0;
    return {};
  }

 private:
  std::string text_;
  std::size_t done_ = 0;
};

class ChainBody final : public BodySource {
 public:
  explicit ChainBody(std::vector<BodySourcePtr> parts)
      : parts_(std::move(parts)) {}

  std::optional<std::uint64_t> size() const override {
    std::uint64_t sum = 0;
    for (const auto& part : parts_) {
      const auto size = part->size();
      if (!size) return std::nullopt;
      const auto next = base::checked_add(sum, *size);
      if (!next) return std::nullopt;
      sum = *next;
    }
    return sum;
  }

  /// Fills all of `out`: many short parts would make as many short packets.
  Result<std::size_t> read(std::span<std::byte> out) override {
    std::size_t done = 0;
    while (done < out.size() && current_ < parts_.size()) {
      const auto count = HUG_TRY(parts_[current_]->read(out.subspan(done)));
      if (count == 0) ++current_;
      done += count;
    }
    return done;
  }

  Result<void> rewind() override {
    for (const auto& part : parts_)
      HUG_TRY(part->rewind());
    current_ = 0;
    return {};
  }

 private:
  std::vector<BodySourcePtr> parts_;
  std::size_t current_ = 0;
};

}  // namespace

BodySourcePtr text_body(std::string text) {
  return std::make_shared<TextBody>(std::move(text));
}

BodySourcePtr range_body(ByteSourcePtr source, std::uint64_t offset,
                         std::uint64_t size) {
  return std::make_shared<RangeBody>(std::move(source), offset, size);
}

BodySourcePtr range_body(ByteSourcePtr source) {
  const auto size = source->size();
  return range_body(std::move(source), 0, size);
}

BodySourcePtr chain_body(std::vector<BodySourcePtr> parts) {
  return std::make_shared<ChainBody>(std::move(parts));
}

}  // namespace hug::http
