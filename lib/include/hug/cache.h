// The cache of repositories on this machine, which is shared with the Python
// client: what is in it, what takes space, what may go, and whether it is
// whole. Nothing here uses the network.
//
// Removing goes in two steps: a plan says what would go and what that frees,
// and remove_cached() carries it out.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/context.h"
#include "hug/export.h"
#include "hug/repo.h"
#include "hug/result.h"

namespace hug {

using CacheTime = std::chrono::sys_time<std::chrono::milliseconds>;

// ---------------------------------------------------------------- scanning

struct CachedFile {
  std::string path = {};        ///< in the repository
  std::string local_path = {};  ///< in the snapshot
  std::string blob = {};        ///< name of its blob; empty for a plain file
  std::string blob_path = {};   ///< where the bytes are; local_path if plain
  std::string xet_hash = {};    ///< of a payload in the shared store
  std::uint64_t size = 0;       ///< bytes
  CacheTime accessed = {};
  CacheTime modified = {};
};

struct CachedRevision {
  std::string commit = {};
  std::string path = {};               ///< the snapshot folder
  std::vector<std::string> refs = {};  ///< names that lead here, sorted
  std::vector<CachedFile> files = {};  ///< sorted by path
  std::uint64_t size = 0;              ///< distinct blobs, bytes
  CacheTime modified = {};
};

struct CachedRepo {
  RepoId id = {};
  std::string path = {};
  std::vector<CachedRevision> revisions = {};  ///< newest first
  std::vector<std::string> refs = {};
  std::uint64_t size = 0;     ///< distinct blobs of all revisions, bytes
  std::uint64_t n_files = 0;  ///< distinct blobs
  CacheTime accessed = {};
  CacheTime modified = {};
};

struct LeftoverFile {
  std::string path = {};
  std::uint64_t size = 0;  ///< bytes on disk
  CacheTime modified = {};
};

struct CacheWarning {
  std::string path = {};
  std::string text = {};
};

struct CacheScan {
  std::string root = {};
  bool exists = false;
  std::vector<CachedRepo> repos = {};  ///< sorted by type and id
  std::uint64_t size = 0;              ///< bytes; shared content counts once
  std::vector<LeftoverFile> incomplete = {};           ///< partial downloads
  std::vector<LeftoverFile> unreferenced_shared = {};  ///< nobody's content
  std::vector<CacheWarning> warnings = {};
};

/// `root` empty: the cache of the environment. What cannot be read becomes a
/// warning; a cache that does not exist is empty. Errors: kIo for a root that
/// is no folder.
HUG_EXPORT Result<CacheScan> scan_cache(const Context& context,
                                        std::string_view root = {});

// ---------------------------------------------------------------- removing

struct CacheRemoval {
  std::string root = {};
  std::vector<std::string> repos = {};      ///< folders that go as a whole
  std::vector<std::string> revisions = {};  ///< snapshot folders
  std::vector<std::string> refs = {};       ///< files below refs/
  std::vector<std::string> files = {};      ///< entries of kept snapshots
  std::vector<std::string> blobs = {};      ///< that nothing kept uses
  std::vector<std::string> incomplete = {};
  std::vector<std::string> shared = {};  ///< xet hashes to look at again
  std::uint64_t n_repos = 0;
  std::uint64_t n_revisions = 0;
  std::uint64_t n_files = 0;
  std::uint64_t n_shared = 0;             ///< shared contents that go
  std::uint64_t size = 0;                 ///< bytes that become free
  std::vector<std::string> unknown = {};  ///< targets that are not cached

  bool empty() const noexcept {
    return repos.empty() && revisions.empty() && files.empty() &&
           incomplete.empty() && shared.empty() && blobs.empty();
  }
};

/// Targets: a full commit id; "model/owner/name" (plural too, and without type
/// for models); "hf://..." of a repo or of a file in one. Case is ignored.
/// Errors: kUsage for what is none of these.
HUG_EXPORT Result<CacheRemoval> plan_cache_removal(
    const CacheScan& scan, const std::vector<std::string>& targets);

struct PruneOptions {
  bool detached = true;    ///< revisions that no ref leads to
  bool incomplete = true;  ///< partial downloads that nobody writes
  bool shared = true;      ///< shared content that nobody uses
  /// Keep partial downloads younger than this.
  std::chrono::seconds incomplete_age = std::chrono::seconds(0);
};

HUG_EXPORT CacheRemoval plan_cache_prune(const CacheScan& scan,
                                         const PruneOptions& options = {});

struct CacheRemoved {
  std::uint64_t n_repos = 0;
  std::uint64_t n_revisions = 0;
  std::uint64_t n_files = 0;
  std::uint64_t n_incomplete = 0;
  std::uint64_t n_shared = 0;
  std::uint64_t freed = 0;                  ///< bytes
  std::vector<CacheWarning> warnings = {};  ///< what could not be removed
};

/// Carries out a plan. What is gone already is fine; partial downloads that
/// another process writes at the moment stay.
/// Errors: kCancelled.
HUG_EXPORT Result<CacheRemoved> remove_cached(const Context& context,
                                              const CacheRemoval& removal);

// --------------------------------------------------------------- verifying

enum class CacheSeverity : std::uint8_t { kInfo, kWarning, kError };

/// One thing that is not as it should be. Ids: blob-hash-mismatch,
/// blob-size-mismatch, blob-name-invalid, dangling-link, link-escapes-cache,
/// snapshot-incomplete, ref-empty, ref-to-missing-snapshot, ref-bad-charset,
/// orphan-partial, journal-without-partial, stale-lease, lock-not-file,
/// wrong-mode-token, foreign-file, duplicate-blob-casefold, no-exist-stale,
/// symlink-unsupported, disk-low, fs-network.
struct CacheProblem {
  std::string id = {};
  CacheSeverity severity = CacheSeverity::kError;
  std::string path = {};
  std::string text = {};    ///< a sentence
  bool can_repair = false;  ///< `repair` would do something about it
  bool repaired = false;
};

struct CacheCheckOptions {
  std::string root = {};              ///< empty: the environment's
  std::optional<RepoId> repo = {};    ///< only this one
  bool hashes = true;                 ///< read and hash every blob
  bool repair = false;                ///< remove or correct what is wrong
  std::uint64_t part = 1, parts = 1;  ///< only the part-th of parts of blobs
};

struct CacheReport {
  std::vector<CacheProblem> problems = {};
  std::uint64_t n_blobs = 0;  ///< hashed
  std::uint64_t bytes = 0;    ///< hashed
  std::uint64_t n_repaired = 0;
  std::uint64_t n_errors = 0;  ///< that remain
};

/// Checks the cache against itself: names of blobs are digests of their
/// content. Emits kPlan, kProgress and kFinish events (bytes).
/// Errors: kCancelled, kUsage, kIo for a root that is no folder.
HUG_EXPORT Result<CacheReport> check_cache(const Context& context,
                                           const CacheCheckOptions& options);

/// A file as the hub lists it.
struct ExpectedFile {
  std::string path = {};
  std::string etag = {};  ///< sha256 (64 hex) or git blob id (40 hex)
  std::uint64_t size = 0;
};

struct FolderMismatch {
  std::string path = {};
  std::string expected = {};
  std::string actual = {};  ///< digest, or why it could not be read
};

struct FolderReport {
  std::string path = {};
  std::uint64_t n_checked = 0;
  std::vector<FolderMismatch> mismatches = {};
  std::vector<std::string> missing = {};  ///< listed, not here
  std::vector<std::string> extra = {};    ///< here, not listed
};

/// Compares the files of a snapshot or a local dir with a listing. Folders
/// named .git and .cache/huggingface are left out. Events as check_cache().
/// Errors: kNotFound when the folder is not there, kCancelled.
HUG_EXPORT Result<FolderReport> check_folder(
    const Context& context, const std::string& folder,
    const std::vector<ExpectedFile>& expected);

/// The snapshot of a revision in the cache: its commit and folder.
struct CachedSnapshot {
  std::string commit = {};
  std::string path = {};
};

/// Errors: kNotFound when the revision is not cached.
HUG_EXPORT Result<CachedSnapshot> find_cached_snapshot(
    const Context& context, const RepoId& repo,
    std::string_view revision = "main", std::string_view root = {});

}  // namespace hug
