#include "format/strided_source.h"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace hug::format {
namespace {

class StridedSource : public ByteSource {
 public:
  StridedSource(ByteSourcePtr storage, StridedView view, std::string name)
      : storage_(std::move(storage)),
        view_(std::move(view)),
        name_(std::move(name)) {
    size_ = view_.element_bytes;
    for (const std::uint64_t n : view_.shape)
      size_ *= n;
    row_ = view_.shape.empty() ? 1 : view_.shape.back();
    stride_ = view_.strides.empty() ? 1 : view_.strides.back();
  }

  const std::string& name() const noexcept override { return name_; }

  std::uint64_t size() const noexcept override { return size_; }

  std::uint64_t bytes_fetched() const noexcept override {
    return storage_->bytes_fetched();
  }

  Result<void> read_at(std::uint64_t offset,
                       std::span<std::byte> out) const override;

 private:
  std::uint64_t row_start(std::uint64_t row) const noexcept;
  Result<void> copy_row(std::uint64_t start, std::uint64_t skip,
                        std::span<std::byte> out) const;
  Result<std::span<const std::byte>> whole() const;

  ByteSourcePtr storage_;
  StridedView view_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::uint64_t row_ = 1;     // elements of the last dimension
  std::uint64_t stride_ = 1;  // between them
  mutable std::mutex mutex_;
  mutable std::vector<std::byte> copy_;  // guarded by mutex_ until filled
};

// The element of the storage that row number `row` begins with.
std::uint64_t StridedSource::row_start(std::uint64_t row) const noexcept {
  std::uint64_t at = view_.offset;
  for (std::size_t d = view_.shape.size(); d-- > 1;) {
    at += row % view_.shape[d - 1] * view_.strides[d - 1];
    row /= view_.shape[d - 1];
  }
  return at;
}

Result<std::span<const std::byte>> StridedSource::whole() const {
  if (const auto mapped = storage_->mapped(); !mapped.empty()) return mapped;
  const std::scoped_lock lock(mutex_);
  if (copy_.empty()) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(storage_->size()));
    HUG_TRY(storage_->read_at(0, bytes));
    copy_ = std::move(bytes);
  }
  return std::span<const std::byte>(copy_);
}

// Bytes of one row from byte `skip` of it on.
Result<void> StridedSource::copy_row(std::uint64_t start, std::uint64_t skip,
                                     std::span<std::byte> out) const {
  const std::uint64_t size = view_.element_bytes;
  if (stride_ == 1 || row_ == 1)
    return storage_->read_at(start * size + skip, out);
  const auto bytes = HUG_TRY(whole());
  std::uint64_t element = skip / size;
  std::uint64_t inside = skip % size;
  for (std::size_t done = 0; done < out.size(); ++element, inside = 0) {
    const auto n = std::min<std::uint64_t>(size - inside, out.size() - done);
    const std::uint64_t at = (start + element * stride_) * size + inside;
    std::memcpy(out.data() + done, bytes.data() + at,
                static_cast<std::size_t>(n));
    done += static_cast<std::size_t>(n);
  }
  return {};
}

Result<void> StridedSource::read_at(std::uint64_t offset,
                                    std::span<std::byte> out) const {
  if (offset > size_ || out.size() > size_ - offset)
    return Error(Code::kCorrupt, "'" + name_ + "' is read beyond its end");
  const std::uint64_t row_bytes = row_ * view_.element_bytes;
  while (!out.empty()) {
    const std::uint64_t skip = offset % row_bytes;
    const auto n = static_cast<std::size_t>(
        std::min<std::uint64_t>(row_bytes - skip, out.size()));
    HUG_TRY(copy_row(row_start(offset / row_bytes), skip, out.first(n)));
    out = out.subspan(n);
    offset += n;
  }
  return {};
}

}  // namespace

ByteSourcePtr make_strided_source(ByteSourcePtr storage, StridedView view,
                                  std::string name) {
  return std::make_shared<StridedSource>(std::move(storage), std::move(view),
                                         std::move(name));
}

}  // namespace hug::format
