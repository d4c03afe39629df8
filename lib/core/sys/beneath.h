// Opening a name beneath a directory where the kernel has no openat2.
#pragma once

#include <sys/types.h>

namespace hug::sys {

/// As openat2 with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS (and
/// RESOLVE_NO_SYMLINKS): component by component, each opened without following
/// links; links are read and their targets walked, never above `dir`.
/// Returns a descriptor or -errno (-EXDEV when it leads out).
int walk_beneath(int dir, const char* name, int flags, mode_t mode,
                 bool no_symlinks);

}  // namespace hug::sys
