#include "sys/large_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "sys/cgroup.h"
#include "sys/fs.h"
#include "sys/mapping.h"

namespace hug::sys {

std::span<const std::byte> whole_large_pages(std::span<const std::byte> bytes) {
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  const std::size_t skip = (kLargePage - begin % kLargePage) % kLargePage;
  if (bytes.size() <= skip) return {};
  return bytes.subspan(skip, (bytes.size() - skip) / kLargePage * kLargePage);
}

std::byte* map_large(std::size_t size) {
  if (size == 0 || size > SIZE_MAX / 2) return nullptr;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t whole = (size + page - 1) / page * page;
  const std::size_t slack = size >= kLargePage ? kLargePage : 0;
  void* const at = ::mmap(nullptr, whole + slack, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  auto* const first = static_cast<std::byte*>(at);
  if (slack == 0) return first;
  const auto over = reinterpret_cast<std::uintptr_t>(at) % kLargePage;
  const std::size_t before = over == 0 ? 0 : kLargePage - over;
  if (before > 0) (void)::munmap(first, before);
  if (before < slack) {
    (void)::munmap(first + before + whole, slack - before);
  }
  // Advice: without it everything works, a little slower.
  (void)::madvise(first + before, size, MADV_HUGEPAGE);
  return first + before;
}

std::uint64_t available_memory() {
  return find_memory(*real_fs()).available;
}

std::optional<LargeCopy> LargeCopy::make(std::span<const std::byte> source) {
  if (source.empty()) return std::nullopt;
  std::byte* const data = map_large(source.size());
  if (data == nullptr) return std::nullopt;
  std::memcpy(data, source.data(), source.size());
  LargeCopy out(source, data);
  if (::mprotect(data, source.size(), PROT_READ) != 0) return std::nullopt;
  return out;
}

LargeCopy::LargeCopy(LargeCopy&& other) noexcept
    : source_(other.source_),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

LargeCopy::~LargeCopy() {
  if (data_ != nullptr) (void)::munmap(data_, size_);
}

// The kernel holds back whoever meets the old place until the new pages are
// there.
bool LargeCopy::take_place() {
  if (data_ == nullptr || !keep_pages_at(source_)) return false;
  void* const at = const_cast<std::byte*>(source_);
  if (::mremap(data_, size_, size_, MREMAP_MAYMOVE | MREMAP_FIXED, at) ==
      MAP_FAILED)
    return false;
  data_ = nullptr;
  size_ = 0;
  return true;
}

}  // namespace hug::sys
