// cp from repository to repository.
#pragma once

#include <string>

#include "hug/copy.h"
#include "hug/hub.h"
#include "hug/repo.h"

namespace hug::transfer {

/// A hf:// URI of a repository. Errors: kUsage, kUnsupported for buckets.
Result<HubUri> copy_uri(const Hub& hub, const std::string& text);

/// Both sides are on the hub. Large objects stay there: the hub is asked to let
/// the target hold them too. Where it cannot, they pass through this machine,
/// a few MiB at a time.
Result<CopyResult> copy_between(Hub& hub, const CopyRequest& request);

}  // namespace hug::transfer
