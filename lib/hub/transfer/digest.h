// The digest that an etag promises.
#pragma once

#include <string_view>

#include "cache/digest.h"

namespace hug::transfer {

using cache::hasher_for;
using cache::is_digest;

/// Whether a finished digest is the promised one; etags that are none promise
/// nothing.
inline bool keeps_promise(std::string_view etag, std::string_view digest) {
  return !is_digest(etag) || etag == digest;
}

}  // namespace hug::transfer
