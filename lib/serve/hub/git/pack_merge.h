// Every commit brings a pack; many small ones are merged into one now and
// then, so that looking up an object stays quick. Entries are copied as they
// are. The packs that were merged stay on disk until the next merge, because
// somebody may be reading them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "hub/git/pack_writer.h"

namespace hug::hub {

/// The index of a pack, sorted by offset. Errors: kCorrupt, kUnsupported.
Result<std::vector<PackEntry>> read_pack_index(sys::Fs& fs,
                                               const std::string& path);

/// Merges the small packs of a repository when there are many; the number of
/// packs merged. The caller holds the repo's write lock and opens the
/// repository anew when something was merged.
Result<std::size_t> merge_packs_when_many(sys::Fs& fs,
                                          const std::string& git_dir,
                                          const std::string& temp,
                                          std::size_t many = 32);

}  // namespace hug::hub
