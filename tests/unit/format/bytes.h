// Bytes written by hand, so that the readers are tested against the layout and
// not against our own writers.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "hug/byte_source.h"

namespace hug::test {

class Bytes {
 public:
  template <class T>
  Bytes& num(T value) {
    return append(&value, sizeof(T));
  }

  Bytes& u8(std::uint64_t v) { return num(static_cast<std::uint8_t>(v)); }

  Bytes& u32(std::uint64_t v) { return num(static_cast<std::uint32_t>(v)); }

  Bytes& u64(std::uint64_t v) { return num(v); }

  Bytes& raw(std::string_view text) { return append(text.data(), text.size()); }

  /// u64 length, bytes.
  Bytes& str(std::string_view text) { return u64(text.size()).raw(text); }

  Bytes& zeros(std::size_t n) {
    data_.resize(data_.size() + n);
    return *this;
  }

  Bytes& pad(std::size_t alignment) {
    return zeros((alignment - data_.size() % alignment) % alignment);
  }

  std::string& data() { return data_; }

  std::size_t size() const { return data_.size(); }

  ByteSourcePtr source(std::string name = "test") const {
    return copy_bytes(std::as_bytes(std::span(data_)), std::move(name));
  }

 private:
  Bytes& append(const void* from, std::size_t n) {
    data_.append(static_cast<const char*>(from), n);
    return *this;
  }

  std::string data_;
};

/// Hides that a source is in memory and counts what is read, as a file on a
/// hub would.
class RangeSource : public ByteSource {
 public:
  explicit RangeSource(ByteSourcePtr inner) : inner_(std::move(inner)) {}

  const std::string& name() const noexcept override { return inner_->name(); }

  std::uint64_t size() const noexcept override { return inner_->size(); }

  Result<void> read_at(std::uint64_t offset,
                       std::span<std::byte> out) const override {
    fetched_ += out.size();
    ++reads_;
    return inner_->read_at(offset, out);
  }

  std::uint64_t bytes_fetched() const noexcept override { return fetched_; }

  std::uint64_t reads() const noexcept { return reads_; }

 private:
  ByteSourcePtr inner_;
  mutable std::uint64_t fetched_ = 0;
  mutable std::uint64_t reads_ = 0;
};

inline std::vector<std::byte> read_all(const ByteSource& source) {
  std::vector<std::byte> out(static_cast<std::size_t>(source.size()));
  if (!source.read_at(0, out)) out.clear();
  return out;
}

}  // namespace hug::test
