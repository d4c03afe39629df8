// The digest that an etag promises.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/hex.h"

namespace hug::transfer {

/// True when the etag names the content: sha256 of large files, git blob id of
/// others. Other etags promise nothing.
inline bool is_digest(std::string_view etag) {
  return base::is_lower_hex(etag, 64) || base::is_lower_hex(etag, 40);
}

/// A hasher whose result is to equal the etag.
inline base::Hasher hasher_for(std::string_view etag, std::uint64_t size) {
  if (etag.size() == 40) return base::git_blob_hasher(size);
  return base::Hasher(base::HashKind::kSha256);
}

/// Whether a finished digest is the promised one.
inline bool keeps_promise(std::string_view etag, std::string_view digest) {
  return !is_digest(etag) || etag == digest;
}

}  // namespace hug::transfer
