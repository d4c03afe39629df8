// Writes one file whose layout is known in advance: blocks of rows are made by
// all threads, each put at its own place in a part file that an interrupted
// run leaves for the next one.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "arch/checkpoint/gather.h"
#include "hug/context.h"
#include "hug/result.h"

namespace hug::convert {

/// A tensor of the new file.
struct StreamItem {
  std::string name = {};
  std::uint64_t offset = 0;  // in the file
  std::uint64_t n_rows = 0;
  std::uint64_t row_bytes = 0;
  std::uint64_t block_rows = 1;
  /// Fills `out` with rows [first, first + n). Called from any thread.
  std::function<Result<void>(std::uint64_t first, std::uint64_t n,
                             std::span<std::byte> out, arch::GatherBuffers&)>
      make = {};
};

struct StreamPlan {
  std::string path = {};
  std::uint64_t file_bytes = 0;
  /// Everything that the bytes depend on.
  std::string identity = {};
  std::vector<std::byte> header = {};  // at 0
  std::vector<StreamItem> items = {};  // in order of their offsets
};

struct StreamOptions {
  unsigned threads = 0;
  bool restart = false;
};

/// Returns how many bytes an earlier run had written. Between header and
/// items, and behind them, are zeros. Nothing is at `path` before everything
/// is written. Events: kPlan, kProgress (a file), kFinish.
/// Errors: those of the items; kNoSpace, kIo, kBusy, kCancelled.
Result<std::uint64_t> write_stream(Context& context, const StreamPlan& plan,
                                   const StreamOptions& options);

}  // namespace hug::convert
