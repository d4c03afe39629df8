// Whole trees: walking, removing, sizes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "hug/result.h"
#include "sys/fs.h"

namespace hug::sys {

struct WalkEntry {
  std::string path;  // relative to the root, '/' between components
  FileKind kind = FileKind::kOther;
};

/// Calls `visit` for everything below `root`, in byte order, directories
/// before their content; symbolic links are reported, not followed. `visit`
/// returns false to stay out of a directory. A directory that vanishes
/// meanwhile is skipped. Errors: kIo, kLimit below 255 levels, and whatever
/// `visit` answers.
Result<void> walk(Fs& fs, const At& root,
                  const std::function<Result<bool>(const WalkEntry&)>& visit);

/// Removes a directory and everything below it without following symbolic
/// links; read-only directories are made writable first. Absent is fine.
/// Returns the number of files and links removed.
Result<std::uint64_t> remove_tree(Fs& fs, const At& root);

/// Removes empty directories from `at` upwards, but not `stop` itself.
void remove_empty_parents(Fs& fs, const Dir& stop, std::string relative);

}  // namespace hug::sys
