// Large pages: memory that has them, and their place under bytes of a mapped
// file. The kernel gives files small pages,
// and looking up the addresses of weights that are read token after token
// takes up to a fifth of the time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace hug::sys {

inline constexpr std::size_t kLargePage = std::size_t{2} << 20;

/// The stretch of whole large pages, by address, inside of the bytes.
std::span<const std::byte> whole_large_pages(std::span<const std::byte> bytes);

/// Zeroed memory of its own mapping, at a multiple of a large page when it is
/// as large, with large pages where the system gives some; for munmap() of
/// `size`. Pages are taken when they are first touched. Null when refused or
/// size is 0.
std::byte* map_large(std::size_t size);

/// Bytes that this process may take without hurting others: what the system
/// calls available, or less in a container. 0 when unknown.
std::uint64_t available_memory();

/// A copy of mapped bytes in memory that has large pages where the system
/// gives some. It can take the place of the bytes that it was made of.
class LargeCopy {
 public:
  /// Of whole large pages of a Mapping. Nothing when the system refuses.
  static std::optional<LargeCopy> make(std::span<const std::byte> source);
  ~LargeCopy();
  LargeCopy(LargeCopy&& other) noexcept;
  LargeCopy(const LargeCopy&) = delete;
  LargeCopy& operator=(const LargeCopy&) = delete;
  LargeCopy& operator=(LargeCopy&&) = delete;

  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

  /// Puts the copy where the source was, at the same addresses and until the
  /// Mapping ends; others may read there meanwhile. False when refused: then
  /// everything is as before.
  bool take_place();

 private:
  LargeCopy(std::span<const std::byte> source, std::byte* data) noexcept
      : source_(source.data()), data_(data), size_(source.size()) {}

  const std::byte* source_;
  std::byte* data_;
  std::size_t size_;
};

}  // namespace hug::sys
