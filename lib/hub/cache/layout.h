// Names in the cache:
//
//   <root>/CACHEDIR.TAG
//   <root>/.locks/<repo folder>/<etag>.lock
//   <root>/.locks/<repo folder>/<etag>.<8 hex>.journal   of a partial file
//   (ours) <root>/blobs/...                                     see
//   shared_store.h <root>/<repo folder>/blobs/<etag> <root>/<repo
//   folder>/blobs/<etag>.<8 hex>.incomplete <root>/<repo
//   folder>/refs/<revision>                 40 hex, no newline <root>/<repo
//   folder>/snapshots/<commit>/<path>  ->  ../../blobs/<etag> <root>/<repo
//   folder>/.no_exist/<commit>/<path>       empty <root>/<repo
//   folder>/trees/<commit>.json             see tree_file.h
//
// <repo folder> is "models--owner--name" (datasets, spaces, kernels alike).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hug/repo.h"
#include "hug/result.h"
#include "sys/env.h"
#include "sys/fs.h"

namespace hug::cache {

/// "models--owner--name"
std::string repo_folder(const RepoId& id);
/// The id back; nothing when it is no such name.
std::optional<RepoId> parse_repo_folder(std::string_view name);
/// True for 40 lower-case hex digits.
bool is_commit(std::string_view text);
/// "../../blobs/<etag>", with one more "../" for each folder in `file`.
std::string pointer_target(std::string_view file, std::string_view etag);

/// How a cache is used.
struct CacheSettings {
  std::string root;          // absolute
  bool symlinks = true;      // HF_HUB_DISABLE_SYMLINKS unset
  bool shared_blobs = true;  // HF_HUB_DISABLE_SHARED_BLOBS, _XET unset
  std::chrono::milliseconds lock_wait = std::chrono::minutes(10);
};

/// From the environment; `root` empty means HF_HUB_CACHE.
/// Errors: kUsage for a bad HUG_LOCK_TIMEOUT.
Result<CacheSettings> cache_settings(const sys::Env& env,
                                     std::string_view root = {});

/// Writes CACHEDIR.TAG unless there is one; never fails.
void tag_cache_dir(sys::Fs& fs, const sys::Dir& dir);

}  // namespace hug::cache
