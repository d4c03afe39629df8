// The two kinds of Place.
#pragma once

#include <memory>
#include <string>

#include "cache/cache.h"
#include "sys/context.h"
#include "transfer/place.h"

namespace hug::transfer {

/// The cache of a repository; outlives the place.
Result<std::unique_ptr<Place>> make_cache_place(const Context::Parts& parts,
                                                cache::RepoCache& repo);
/// A folder of plain files; outlives the place.
Result<std::unique_ptr<Place>> make_local_place(const Context::Parts& parts,
                                                cache::LocalDir& dir);

}  // namespace hug::transfer
