// What cache commands say about repositories: ids, ages, which to list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hug/cache.h"

namespace hug::cli::cmd {

/// "model/owner/name"
std::string cache_id(const CachedRepo& repo);
/// "6 minutes ago"
std::string age_text(CacheTime when, CacheTime now);
CacheTime cache_now();

/// A repository, or one revision of it: a line of the listing.
struct CacheEntry {
  const CachedRepo* repo = nullptr;
  const CachedRevision* revision = nullptr;

  std::uint64_t size() const;
  CacheTime modified() const;
  const std::vector<std::string>& refs() const;
};

/// Keeps the entries that "size>1GB", "accessed>7d", "refs=main" or
/// "type=model" lets through. Errors: kUsage.
Result<void> filter_entries(std::vector<CacheEntry>& entries,
                            std::string_view expression, CacheTime now);
/// By accessed, modified, name or size, with ":asc" or ":desc".
void sort_entries(std::vector<CacheEntry>& entries, std::string_view key);

/// "cannot find the cache folder ..." unless it is there.
Result<CacheScan> scan_existing(const Context& context,
                                const std::string& root);

}  // namespace hug::cli::cmd
