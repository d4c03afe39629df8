// Checking a hub's directory, and repairing what can be repaired without
// losing anything that is reachable.
#pragma once

#include "hub/store/store.h"
#include "hug/hub_server.h"

namespace hug::hub {

Result<HubFsckReport> check_hub(Store& store, const HubFsckOptions& options,
                                const Context& context);

}  // namespace hug::hub
