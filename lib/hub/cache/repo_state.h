// The inside of RepoCache.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cache/repo_cache.h"

namespace hug::cache {

struct RepoCache::State {
  std::shared_ptr<sys::Fs> fs;
  std::shared_ptr<sys::Clock> clock;
  CacheSettings settings;
  RepoId id;
  std::string folder;  // "models--owner--name"

  // Opened when something is written first, and again after somebody removed
  // the repository meanwhile. Replaced ones stay open for those who use them.
  std::mutex mutex = {};
  std::shared_ptr<sys::Dir> root = {};
  std::shared_ptr<sys::Dir> repo = {};
  std::shared_ptr<sys::Dir> locks = {};
  std::vector<std::shared_ptr<sys::Dir>> replaced = {};

  std::string path() const { return settings.root + "/" + folder; }

  std::string below(std::string_view name) const {
    return path() + "/" + std::string(name);
  }

  Result<void> make_folders();
  Result<const sys::Dir*> write_repo();
  Result<const sys::Dir*> write_locks();
  Result<std::string> make_pointer_folder(std::string_view commit,
                                          std::string_view file);
  Result<void> copy_file(const sys::At& from, const sys::At& to);
  sys::PartOptions part_options(std::string_view etag,
                                std::uint64_t size) const;
};

}  // namespace hug::cache
