// File descriptors 1 and 2. Nothing else in the program writes to them.
#pragma once

#include <cstddef>
#include <mutex>
#include <span>
#include <string_view>

#include "hug/result.h"

namespace hug::cli {

/// Writes all, again after a signal. Remembers the first failure.
class Stream {
 public:
  explicit Stream(int fd) : fd_(fd) {}

  void write(std::string_view bytes);

  bool terminal() const;
  /// Columns of the terminal; 0 when it is none or does not say.
  std::size_t columns() const;

  /// The reader went away: nothing is left to do, and nothing went wrong.
  bool closed() const;
  /// kNoSpace or kIo when a write failed for another reason.
  Result<void> check() const;

 private:
  int fd_;
  int failure_ = 0;  // errno
};

}  // namespace hug::cli
