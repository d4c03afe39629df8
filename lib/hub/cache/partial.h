// Partial files of downloads: which one a run may go on with.
#pragma once

#include <cstdint>
#include <string>

#include "hug/result.h"
#include "sys/fs.h"
#include "sys/part_file.h"

namespace hug::cache {

constexpr std::string_view kPartialSuffix = ".incomplete";
constexpr std::string_view kJournalSuffix = ".journal";

/// `data_prefix` + ".<8 hex>.incomplete" beneath `data_dir`, and
/// `journal_prefix` + ".<the same 8 hex>.journal" beneath `journal_dir`.
struct PartialPlace {
  const sys::Dir* data_dir = nullptr;
  std::string data_prefix = {};
  const sys::Dir* journal_dir = nullptr;
  std::string journal_prefix = {};

  sys::At data(std::string_view id) const;
  sys::At journal(std::string_view id) const;
};

/// Bytes that open_partial() would find done.
std::uint64_t resumable_bytes(sys::Fs& fs, const PartialPlace& place,
                              const sys::PartOptions& options);

/// Takes over the partial file with the most bytes whose writer is gone, by
/// renaming it, or begins a new one.
Result<sys::PartFile> open_partial(sys::Fs& fs, const PartialPlace& place,
                                   const sys::PartOptions& options);

}  // namespace hug::cache
