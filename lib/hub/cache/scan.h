// Looking at a whole cache; the public form is in hug/cache.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hug/cache.h"
#include "hug/result.h"
#include "sys/fs.h"

namespace hug::cache {

/// What else may lie in the root of a cache.
bool is_known_root_entry(std::string_view name);

/// Where a link of a snapshot leads: the name in the repository's blobs, when
/// it leads there directly.
std::string blob_name_of(std::string_view file, std::string_view target);

CacheTime cache_time(std::chrono::sys_time<std::chrono::nanoseconds> time);

/// One repository; what is broken in it becomes warnings.
CachedRepo scan_repo(sys::Fs& fs, const RepoId& id, const std::string& path,
                     std::vector<CacheWarning>& warnings);

struct RefFile {
  std::string name = {};
  std::string content = {};  // as it is
};

/// The files below refs/, sorted by name.
std::vector<RefFile> read_refs(sys::Fs& fs, const std::string& repo_path);

}  // namespace hug::cache
