// Digests of files on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "hug/result.h"
#include "sys/context.h"
#include "sys/fs.h"

namespace hug::cache {

/// True for what can be checked: 40 digits are a git blob id, 64 a sha256.
bool is_digest(std::string_view etag);
/// A hasher whose result is to equal the etag; `size`: of the content.
base::Hasher hasher_for(std::string_view etag, std::uint64_t size);

/// The digest of the file in the form that `like` has. `on_bytes` is told how
/// many bytes were read each time. Errors: kNotFound, kIo, kCancelled.
Result<std::string> file_digest(
    const Context::Parts& parts, const std::string& path, std::string_view like,
    const std::function<void(std::uint64_t)>& on_bytes = {});
/// The same, of an open file; `on_bytes` may end it with an error.
Result<std::string> file_digest(
    sys::Fs& fs, const sys::File& file, std::string_view like,
    const std::function<Result<void>(std::uint64_t)>& on_bytes = {});

}  // namespace hug::cache
