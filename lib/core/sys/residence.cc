#include "sys/residence.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>

namespace hug::sys {

namespace {

constexpr std::size_t kSamples = 64;
constexpr std::size_t kPiece = std::size_t{8} << 20;

std::size_t page_size() {
  return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t memory_size() {
  return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * page_size();
}

// The pages that hold the bytes; nothing is written through the pointer.
std::span<std::byte> whole_pages(std::span<const std::byte> bytes) {
  auto* const data = const_cast<std::byte*>(bytes.data());
  const std::size_t before =
      reinterpret_cast<std::uintptr_t>(data) % page_size();
  return {data - before, bytes.size() + before};
}

void read_ahead(const std::stop_token& stop,
                const std::vector<std::span<const std::byte>>& ranges) {
  for (const auto& range : ranges) {
    if (range.empty() || is_resident(range)) continue;
    const auto pages = whole_pages(range);
    for (std::size_t at = 0; at < pages.size(); at += kPiece) {
      if (stop.stop_requested()) return;
      const std::size_t n = std::min(kPiece, pages.size() - at);
      static_cast<void>(::madvise(pages.data() + at, n, MADV_WILLNEED));
    }
  }
}

}  // namespace

bool is_resident(std::span<const std::byte> bytes) {
  if (bytes.empty()) return true;
  const auto pages = whole_pages(bytes);
  const std::size_t n_page = (pages.size() + page_size() - 1) / page_size();
  std::size_t missing = 0;
  for (std::size_t i = 0; i < kSamples; ++i) {
    unsigned char there = 1;
    std::byte* const page = pages.data() + n_page * i / kSamples * page_size();
    if (::mincore(page, 1, &there) == 0 && (there & 1) == 0) ++missing;
  }
  return missing <= kSamples / 32;
}

ReadAhead::ReadAhead(std::vector<std::span<const std::byte>> ranges) {
  std::size_t total = 0;
  for (const auto& range : ranges)
    total += range.size();
  if (total > memory_size() / 8 * 7) return;
  if (std::all_of(ranges.begin(), ranges.end(), is_resident)) return;
  thread_ = std::jthread([ranges = std::move(ranges)](std::stop_token stop) {
    read_ahead(stop, ranges);
  });
}

void ReadAhead::wait() {
  if (thread_.joinable()) thread_.join();
}

Result<void> lock_in_memory(std::span<const std::byte> bytes,
                            std::string_view what) {
  if (bytes.empty()) return {};
  const auto pages = whole_pages(bytes);
  if (::mlock(pages.data(), pages.size()) == 0) return {};
  return Error(Code::kLimit,
               "cannot lock '" + std::string(what) +
                   "' in memory: " + std::generic_category().message(errno))
      .hint("raise the limit of locked memory (ulimit -l), or load it mapped");
}

}  // namespace hug::sys
