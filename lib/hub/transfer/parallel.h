// The same work for many things, on a few threads.
#pragma once

#include <cstddef>
#include <functional>

#include "hug/result.h"

namespace hug::transfer {

/// Calls `work(i)` for 0 <= i < count on at most `threads` threads, the
/// caller's among them. The first error stops what has not started and is
/// returned after the rest came to an end.
Result<void> parallel_for(
    std::size_t count, std::size_t threads,
    const std::function<Result<void>(std::size_t index)>& work);

}  // namespace hug::transfer
