#include "cache/digest.h"

#include <vector>

#include "base/hash.h"
#include "base/hex.h"

namespace hug::cache {

bool is_digest(std::string_view etag) {
  return base::is_lower_hex(etag, 40) || base::is_lower_hex(etag, 64);
}

Result<std::string> file_digest(
    const Context::Parts& parts, const std::string& path, std::string_view like,
    const std::function<void(std::uint64_t)>& on_bytes) {
  sys::Fs& fs = *parts.fs;
  const sys::File file = HUG_TRY(fs.open(path));
  const sys::FileInfo info = HUG_TRY(fs.info(file));
  base::Hasher hasher = like.size() == 40
                            ? base::git_blob_hasher(info.size)
                            : base::Hasher(base::HashKind::kSha256);
  std::vector<std::byte> buffer(std::size_t{1} << 20);
  for (std::uint64_t at = 0;;) {
    HUG_TRY(parts.check_stop());
    const std::size_t n = HUG_TRY(fs.read_at(file, at, buffer));
    if (n == 0) break;
    hasher.update(std::span(buffer).first(n));
    at += n;
    if (on_bytes) on_bytes(n);
  }
  return hasher.finish();
}

}  // namespace hug::cache
