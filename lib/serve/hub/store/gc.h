// Removing large objects that no repo refers to, and leftovers. In two phases:
// an object that is found unreachable is marked (with the time) first, and
// removed by a later run when it is still unreachable, the grace has passed and
// nobody has touched it since.
#pragma once

#include <set>
#include <string>

#include "hub/store/store.h"
#include "hug/hub_server.h"

namespace hug::hub {

Result<HubGcReport> collect_garbage(Store& store, const HubGcOptions& options,
                                    const Context& context);

/// The sha256 of every large object that any commit of the repo refers to.
Result<void> add_reachable(const GitRepo& git, std::set<std::string>& out);

}  // namespace hug::hub
