#include "cache/digest.h"

#include <vector>

#include "base/hex.h"

namespace hug::cache {

bool is_digest(std::string_view etag) {
  return base::is_lower_hex(etag, 40) || base::is_lower_hex(etag, 64);
}

base::Hasher hasher_for(std::string_view etag, std::uint64_t size) {
  if (etag.size() == 40) return base::git_blob_hasher(size);
  return base::Hasher(base::HashKind::kSha256);
}

Result<std::string> file_digest(
    const Context::Parts& parts, const std::string& path, std::string_view like,
    const std::function<void(std::uint64_t)>& on_bytes) {
  const sys::File file = HUG_TRY(parts.fs->open(path));
  HUG_TRY(parts.check_stop());
  return file_digest(*parts.fs, file, like, [&](std::uint64_t n) {
    if (on_bytes) on_bytes(n);
    return parts.check_stop();
  });
}

Result<std::string> file_digest(
    sys::Fs& fs, const sys::File& file, std::string_view like,
    const std::function<Result<void>(std::uint64_t)>& on_bytes) {
  const sys::FileInfo info = HUG_TRY(fs.info(file));
  base::Hasher hasher = hasher_for(like, info.size);
  std::vector<std::byte> buffer(std::size_t{1} << 20);
  for (std::uint64_t at = 0;;) {
    const std::size_t n = HUG_TRY(fs.read_at(file, at, buffer));
    if (n == 0) return hasher.finish();
    hasher.update(std::span(buffer).first(n));
    at += n;
    if (on_bytes) HUG_TRY(on_bytes(n));
  }
}

}  // namespace hug::cache
