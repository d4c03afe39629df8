// Where writers put their bytes, one piece after the other.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "hug/byte_source.h"
#include "hug/result.h"

namespace hug::format {

using WriteBytes = std::function<Result<void>(std::span<const std::byte>)>;

/// All of a source, in pieces of at most 4 MiB unless it is mapped.
Result<void> copy_source(const ByteSource& source, const WriteBytes& write);
Result<void> write_zeros(const WriteBytes& write, std::uint64_t n);

}  // namespace hug::format
