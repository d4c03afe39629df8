// Where downloaded files end up: the cache or a folder. The engine only knows
// slots: names for what is under way and for what is done.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "hug/target.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/part_file.h"

namespace hug::transfer {

/// One file that has to come over the network.
struct FetchJob {
  RemoteFile file = {};
  std::size_t item = 0;  ///< index in the plan; events use item + 1
  bool force = false;
};

/// Names for content that is written in one go. The directories they are
/// beneath live as long as the Place.
struct FileSlot {
  sys::At temporary;
  sys::At target;
};

/// Threads may use one together.
class Place {
 public:
  virtual ~Place() = default;

  /// Keeps other processes from doing the same; waits for them.
  virtual Result<std::optional<sys::Lock>> lock(const FetchJob& job) = 0;
  /// True when the content came to be meanwhile (by whoever held the lock).
  virtual bool present(const FetchJob& job) = 0;

  /// For content in one go; makes the directories.
  virtual Result<FileSlot> slot(const FetchJob& job) = 0;
  /// After the content has its name: whatever makes it visible.
  virtual Result<void> finish(const FetchJob& job) = 0;
  /// Something open on the file system that the slots are on.
  virtual const sys::File& anchor() const = 0;

  /// For content that comes in pieces, over several runs.
  virtual Result<sys::PartFile> open_partial(const FetchJob& job) = 0;
  /// Gives complete, verified content its name and makes it visible.
  virtual Result<void> publish(sys::PartFile& part, const FetchJob& job) = 0;
};

}  // namespace hug::transfer
