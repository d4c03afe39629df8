// How a sentence-transformers model makes one vector of many.
#pragma once

#include <cstdint>
#include <optional>

#include "arch/checkpoint/repository.h"
#include "hug/result.h"

namespace hug::arch {

/// The number gguf has for it (1 mean, 2 first, 3 last); nothing when
/// modules.json does not tell. Errors: kUnsupported for other kinds.
Result<std::optional<std::uint32_t>> pooling_type(Repository& files);

}  // namespace hug::arch
