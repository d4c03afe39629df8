#include "cache/repo_cache.h"
#include "hug/cache.h"
#include "sys/context.h"

namespace hug {

Result<CachedSnapshot> find_cached_snapshot(const Context& context,
                                            const RepoId& repo,
                                            std::string_view revision,
                                            std::string_view root) {
  const Context::Parts& parts = context.parts();
  cache::CacheSettings settings =
      HUG_TRY(cache::cache_settings(parts.env, root));
  const cache::RepoCache cache = HUG_TRY(
      cache::RepoCache::open(parts.fs, parts.clock, std::move(settings), repo));
  const auto commit = cache.find_commit(revision.empty() ? "main" : revision);
  if (!commit || !cache.has_snapshot(*commit)) {
    return Error(Code::kNotFound, "revision '" + std::string(revision) +
                                      "' of '" + repo.full() +
                                      "' is not in the cache")
        .hint("download it first, or see what there is with hug cache ls");
  }
  return CachedSnapshot{*commit, cache.snapshot_path(*commit)};
}

}  // namespace hug
