// Where mapped bytes stay: read ahead in the background, or locked in memory.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "hug/result.h"

namespace hug::sys {

/// Whether (nearly) all of the mapped bytes are in memory already, judged by
/// samples. Unknown counts as yes.
bool is_resident(std::span<const std::byte> bytes);

/// Has mapped bytes read into the page cache in their order, on a thread of
/// its own, so that whoever needs them meets the disk less. Does nothing where
/// they are there, or are more than this machine's memory. Ends with the
/// object, which must not outlive the mappings.
class ReadAhead {
 public:
  explicit ReadAhead(std::vector<std::span<const std::byte>> ranges);

  /// Until all has been asked for.
  void wait();

 private:
  std::jthread thread_;
};

/// Keeps mapped bytes in memory until they are unmapped.
/// Errors: kLimit naming `what`, with a hint, where the system refuses.
Result<void> lock_in_memory(std::span<const std::byte> bytes,
                            std::string_view what);

}  // namespace hug::sys
