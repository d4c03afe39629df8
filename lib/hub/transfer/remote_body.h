// What is on a hub as the body of a request to a hub.
#pragma once

#include <cstdint>

#include "http/body.h"
#include "hug/hub.h"
#include "hug/target.h"

namespace hug::transfer {

/// A part of a file, fetched a few MiB at a time while the body goes out. The
/// digest of a whole file is checked before its last bytes are given out.
/// Errors of reading: kCorrupt, kConflict, those of a download.
http::BodySourcePtr remote_body(Hub& hub, RemoteFile file, std::uint64_t offset,
                                std::uint64_t size);

/// The whole file.
http::BodySourcePtr remote_body(Hub& hub, RemoteFile file);

}  // namespace hug::transfer
