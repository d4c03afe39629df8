// One repository in the cache: looking up, and publishing what was fetched.
//
// A file is published in this order, so that a crash leaves nothing wrong: the
// complete, verified bytes get the name of their digest (blobs/<etag>), then
// the snapshot's link to them, then (by the caller, when all files are there)
// the ref. Locks only save work; what is published is right without them.
//
// Partial files are blobs/<etag>.<8 hex>.incomplete, which the Python client
// ignores and its `prune` removes; their journals lie in .locks, which its
// scan skips. Each process writes a partial file of its own: it takes over, by
// renaming, one whose writer is dead.
//
// Threads: all functions may be called from several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/layout.h"
#include "cache/tree_file.h"
#include "hug/result.h"
#include "sys/clock.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/part_file.h"

namespace hug::cache {

/// What the cache knows of a file without asking anyone.
struct Lookup {
  enum class State : std::uint8_t {
    kMiss,    // nothing
    kFile,    // `path` is there
    kAbsent,  // the commit is known not to have it
  };
  State state = State::kMiss;
  std::string path = {};    // below snapshots/
  std::string commit = {};  // empty when the revision is unknown
};

class RepoCache {
 public:
  /// Touches nothing on disk. Errors: kUsage for an id that is none.
  static Result<RepoCache> open(std::shared_ptr<sys::Fs> fs,
                                std::shared_ptr<sys::Clock> clock,
                                CacheSettings settings, const RepoId& id);
  RepoCache(RepoCache&&) noexcept;
  RepoCache& operator=(RepoCache&&) noexcept;
  ~RepoCache();

  const RepoId& id() const noexcept;
  const CacheSettings& settings() const noexcept;
  std::string path() const;  // of the repo folder
  std::string snapshot_path(std::string_view commit) const;
  std::string blob_path(std::string_view etag) const;

  // ------------------------------------------------------------- looking up
  // A broken entry is a miss. File names must have passed
  // sys::check_file_name; others are misses.

  /// The revision itself when it is a commit, else what refs/<revision> says.
  std::optional<std::string> find_commit(std::string_view revision) const;
  bool has_snapshot(std::string_view commit) const;
  Lookup find_file(std::string_view revision, std::string_view file) const;
  /// Size of the blob (through the shared store); nothing when it is absent.
  std::optional<std::uint64_t> find_blob(std::string_view etag) const;
  std::optional<std::vector<TreeFile>> find_tree(std::string_view commit) const;
  /// Files of the listing that the snapshot lacks; nothing when the listing is
  /// unknown.
  std::optional<std::vector<std::string>> missing_files(
      std::string_view commit) const;
  /// Bytes of the blob that an earlier run left and that would be used.
  std::uint64_t resumable(std::string_view etag, std::uint64_t size) const;

  // --------------------------------------------------------------- writing

  /// Writes refs/<revision> unless it says so already or is a commit.
  /// Errors: kUsage for a bad revision, kNoSpace, kIo.
  Result<void> write_ref(std::string_view revision, std::string_view commit);
  /// Remembers that the commit has no such file. Never fails.
  void mark_absent(std::string_view commit, std::string_view file);
  /// Remembers the listing. Never fails.
  void write_tree(std::string_view commit, const std::vector<TreeFile>& files);

  /// The lock of a blob. When it cannot be had for other reasons than time
  /// (a read-only or odd file system), work goes on without: kBusy and
  /// kCancelled are the only errors.
  Result<std::optional<sys::Lock>> lock_blob(std::string_view etag,
                                             sys::LockOptions options = {});

  /// Opens the partial file of a blob: one left by a dead run, else a new one.
  /// Errors: kNoSpace, kIo.
  Result<sys::PartFile> open_partial(std::string_view etag, std::uint64_t size);
  /// Gives complete, verified bytes their name: blobs/<etag>, and the link in
  /// the snapshot (a file where links do not work). Returns the file's path in
  /// the snapshot. Errors: kDenied for a bad file name, kNoSpace, kIo.
  Result<std::string> publish(sys::PartFile& part, std::string_view etag,
                              std::string_view commit, std::string_view file);
  /// Makes the link to a blob that is here. Errors: kNotFound when it is not.
  Result<std::string> link_file(std::string_view etag, std::string_view commit,
                                std::string_view file);

  // ----------------------------------------------- the shared store (Xet)

  /// Links blobs/<etag> to the shared payload when a usable one is there.
  /// False (never an error) when not; then download.
  bool link_shared(std::string_view etag, std::string_view xet_hash,
                   std::uint64_t size);
  /// Moves a published blob into the shared store and links it. False when it
  /// stays an ordinary blob.
  bool share_blob(std::string_view etag, std::string_view xet_hash,
                  std::uint64_t size);

 private:
  struct State;
  explicit RepoCache(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hug::cache
