// Builds caches for tests.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "base/hash.h"
#include "cache/repo_cache.h"
#include "hug/cache.h"
#include "hug/context.h"
#include "support/fake_clock.h"
#include "support/temp_dir.h"

namespace hug::test {

inline cache::RepoCache open_repo(const std::string& root, const RepoId& id) {
  cache::CacheSettings settings;
  settings.root = root;
  return cache::RepoCache::open(sys::real_fs(), std::make_shared<FakeClock>(),
                                settings, id)
      .value();
}

/// Adds a file under its sha256 (`large`) or git id; returns the etag.
inline std::string add_file(cache::RepoCache& repo, const std::string& commit,
                            const std::string& file, const std::string& content,
                            bool large = false) {
  const std::string etag =
      large ? base::sha256_hex(content) : base::git_blob_id(content);
  if (repo.find_blob(etag)) {
    REQUIRE(repo.link_file(etag, commit, file));
    return etag;
  }
  sys::PartFile part = repo.open_partial(etag, content.size()).value();
  REQUIRE(part.write(0, std::as_bytes(std::span(content))));
  REQUIRE(part.mark({0, content.size()}));
  REQUIRE(repo.publish(part, etag, commit, file));
  return etag;
}

inline Context context_for(const TempDir& temp) {
  Context::Options options;
  options.environment = {{"HOME", temp.path()},
                         {"HF_HOME", temp.path()},
                         {"HF_HUB_CACHE", temp / "hub"}};
  return Context(std::move(options));
}

}  // namespace hug::test
