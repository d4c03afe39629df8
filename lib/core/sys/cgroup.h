// The control groups of this process: what a container, a service manager or a
// batch system lets it use of the machine. Limits of a group hold for all
// groups beneath it, so the least from the process's own up to the root
// counts; both versions of the interface are read.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sys/fs.h"

namespace hug::sys {

struct Memory {
  std::uint64_t total = 0;  ///< bytes this process may have at most
  /// Bytes that it may take without hurting others: what the system calls
  /// available, or what its groups have left. Files that were read count only
  /// until somebody needs the room.
  std::uint64_t available = 0;
};

/// Of the machine and the groups; 0 where unknown.
Memory find_memory(Fs& fs);

/// Processors that the groups grant, rounded up; 0: no limit.
std::size_t find_cpu_quota(Fs& fs);

}  // namespace hug::sys
