// Bytes that go somewhere, one piece after the other.
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

}  // namespace hug::format
