// What the bytes of a converted file depend on, as a digest: by it an
// interrupted run knows whether what it finds is its own.
#pragma once

#include <span>
#include <string>

#include "format/checkpoint.h"
#include "hug/result.h"

namespace hug::convert {

/// `header` of the new file, and the names, sizes and samples of the files the
/// weights come from.
Result<std::string> stream_identity(std::span<const std::byte> header,
                                    const format::Checkpoint& checkpoint);
Result<std::string> stream_identity(std::span<const std::byte> header,
                                    std::span<const ByteSourcePtr> sources);

}  // namespace hug::convert
