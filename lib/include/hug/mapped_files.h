// Files that are mapped into memory and become shorter meanwhile: without a
// guard the system ends the program with SIGBUS when the missing part is read.
#pragma once

#include <cstddef>
#include <span>

#include "hug/export.h"

namespace hug {

/// Installs a handler for SIGBUS, once a process, that puts zeros in place of
/// missing pages of mapped byte sources. Faults elsewhere go to the handler
/// that was there before. Programs that want to survive call it at the start.
HUG_EXPORT void guard_mapped_files();

/// True when a part of the mapped source that holds these bytes turned out to
/// be missing: what was computed from it is wrong. Ask after the work.
HUG_EXPORT bool is_mapped_file_damaged(
    std::span<const std::byte> bytes) noexcept;

}  // namespace hug
