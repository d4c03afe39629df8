// How many numbers of which type a model's weights are, as infos tell it: from
// the headers of its safetensors files. Derived, so it never fails: a file
// that cannot be read counts nothing.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "hub/git/git_repo.h"
#include "hub/git/listing.h"
#include "hub/store/objects.h"

namespace hug::hub {

/// By type ("BF16").
using WeightCounts = std::map<std::string, std::uint64_t>;
using WeightCountsPtr = std::shared_ptr<const WeightCounts>;

/// Adds what the header of a file (its JSON text) lists. False when it is none.
bool add_weights(std::string_view header, WeightCounts& out);

/// Counts of the trees that were asked for last. Threads: any.
class WeightCache {
 public:
  /// Empty when the tree has no such files, or more of them than any model.
  WeightCountsPtr get(const GitRepo& repo, sys::Fs& fs,
                      const ObjectStore& objects, const ListingPtr& listing);

 private:
  std::mutex mutex_;
  std::list<std::pair<Oid, WeightCountsPtr>> recent_;
};

}  // namespace hug::hub
