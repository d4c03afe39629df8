// Signed links to the bytes of large objects, given out by the batch call:
//
//   PUT  /lfs/put/<oid>/<user>      the whole object
//   PUT  /lfs/part/<id>/<number>    one part of an upload in parts
//   POST /lfs/complete/<id>/<user>  all parts are there
//   GET  /lfs/get/<oid>             download (git-lfs)
#pragma once

#include <cstdint>
#include <string>

#include "hub/api/exchange.h"

namespace hug::hub {

/// A link to `what` ("get/<oid>") for `size` bytes; it lives for 12 hours.
std::string signed_lfs_url(const Exchange& x, const std::string& what,
                           std::uint64_t size);

}  // namespace hug::hub
