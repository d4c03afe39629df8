// A file mapped into memory for reading.
//
// A file that shrinks under a mapping raises SIGBUS. guard_mappings() installs
// a handler that puts zero pages in place of the missing ones and marks the
// mapping as damaged: the program lives, and whoever read asks damaged()
// afterwards. Without the guard the process ends, as usual.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hug/result.h"
#include "sys/fs.h"

namespace hug::sys {

class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&&) noexcept;
  Mapping& operator=(Mapping&&) noexcept;
  ~Mapping();

  /// Maps the first `size` bytes. Errors: kCorrupt when the file is shorter,
  /// kIo.
  static Result<Mapping> map(Fs& fs, const File& file, std::uint64_t size);

  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

  /// True once a page turned out to be missing.
  bool damaged() const noexcept;
  /// Says that a range will be read soon, or not again.
  void will_need(std::uint64_t offset, std::uint64_t size) const noexcept;
  void dont_need(std::uint64_t offset, std::uint64_t size) const noexcept;

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  int slot_ = -1;  // in the table that the signal handler reads
};

/// damaged() of the mapping that holds the address; false when none does.
bool is_damaged_at(const void* at) noexcept;

/// From now on dont_need() of the mapping that holds the address does nothing:
/// its pages are no longer only those of the file. False when none does.
bool keep_pages_at(const void* at) noexcept;

/// Installs the SIGBUS handler, once a process. Faults outside our mappings
/// go to whatever was installed before.
void guard_mappings();

}  // namespace hug::sys
