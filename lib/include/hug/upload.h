// From this machine to a hub: files become commits. Nothing is committed that
// the hub has not confirmed to hold; what is there already is not sent; a
// repeated run goes on where the last one ended and hashes nothing twice.
//
// Events: kPlan, per file kStart, kState ("hashing", "uploading"), kProgress,
// kDone; kNote for each commit; kFinish.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hug/export.h"
#include "hug/hub.h"
#include "hug/repo.h"
#include "hug/result.h"

namespace hug {

struct UploadRequest {
  RepoId repo = {};
  std::string local_path = {};    ///< a file or a folder
  std::string path_in_repo = {};  ///< empty: basename, or the root
  std::string revision = {};      ///< empty: main
  bool create_pr = false;
  std::string parent_commit = {};  ///< refuse unless the head is this one
  std::vector<std::string> include = {};
  std::vector<std::string> exclude = {};
  std::vector<std::string> remove = {};  ///< patterns of remote files to delete
  std::string message = {};              ///< empty: "Upload ..."
  std::string description = {};
  /// Makes the repository (and a missing branch) first, if need be.
  bool create_repo = true;
  CreateRepoOptions repo_options = {};
  unsigned workers = 8;  ///< large objects at once
};

enum class UploadMode : std::uint8_t { kRegular, kLarge };

struct UploadItem {
  std::string local_path = {};
  std::string path = {};  ///< in the repository
  std::uint64_t size = 0;
  UploadMode mode = UploadMode::kRegular;
  bool ignored = false;    ///< by the repository's .gitignore
  bool unchanged = false;  ///< the hub has it under this path
};

struct UploadPlan {
  RepoId repo = {};
  std::string revision = {};
  std::vector<UploadItem> items = {};
  std::vector<std::string> removals = {};
  std::uint64_t total_bytes = 0;
  std::uint64_t upload_bytes = 0;  ///< of items that changed
};

/// What an upload would do. Asks the hub, sends no content, changes nothing.
HUG_EXPORT Result<UploadPlan> plan_upload(Hub& hub,
                                          const UploadRequest& request);

struct UploadResult {
  std::string commit = {};  ///< the last one, or the head
  std::string commit_url = {};
  std::string pull_request_url = {};
  std::string url = {};  ///< page of the file or folder (or the PR)
  RepoId repo = {};      ///< as the hub spells it
  std::uint64_t files = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t ignored = 0;
  std::uint64_t removed = 0;
  std::uint64_t commits = 0;     ///< 0: nothing had changed
  std::uint64_t sent_bytes = 0;  ///< content sent
};

/// Errors: kNotFound for the local path or (without create_repo) the repo,
/// kConflict when parent_commit is not the head or a file changes meanwhile,
/// kUnauthorized, kDenied, kNetwork, kTimeout, kCancelled.
HUG_EXPORT Result<UploadResult> upload(Hub& hub, const UploadRequest& request);

/// Uploads at once, then whenever `interval` has passed and a file changed,
/// until the context's stop token is triggered; then a last time. `on_commit`
/// hears of each upload. Only local_path, path_in_repo, revision, include,
/// exclude, message and create_repo of the request are used. A round that
/// fails is reported as a warning and tried again in the next one.
HUG_EXPORT Result<void> upload_every(
    Hub& hub, const UploadRequest& request, std::chrono::milliseconds interval,
    const std::function<void(const UploadResult&)>& on_commit);

/// Bytes as they come: fills the span, returns how many; 0 is the end.
using ReadBytes = std::function<Result<std::size_t>(std::span<std::byte>)>;
/// Takes bytes in order.
using WriteBytes = std::function<Result<void>(std::span<const std::byte>)>;

/// Uploads a stream (standard input) as one file; it is spooled to disk.
HUG_EXPORT Result<UploadResult> upload_stream(Hub& hub, const ReadBytes& read,
                                              const UploadRequest& request);

/// One commit made of parts that are small or already on the hub.
struct CommitRequest {
  struct Add {
    std::string path = {};
    std::string content = {};  ///< a small file
  };

  std::string revision = {};  ///< empty: main
  std::string parent_commit = {};
  bool create_pr = false;
  std::string message = {};
  std::string description = {};
  std::vector<Add> adds = {};
  std::vector<std::string> delete_files = {};
  std::vector<std::string> delete_folders = {};
};

struct CommitResult {
  std::string commit = {};
  std::string url = {};
  std::string pull_request_url = {};
};

HUG_EXPORT Result<CommitResult> create_commit(Hub& hub, const RepoId& repo,
                                              const CommitRequest& request);

struct DeleteFilesRequest {
  std::vector<std::string> patterns = {};  ///< fnmatch; "dir/" is a folder
  std::string revision = {};
  bool create_pr = false;
  std::string message = {};
  std::string description = {};
};

struct DeleteFilesResult {
  CommitResult commit = {};
  std::vector<std::string> paths = {};
};

/// Errors: kNotFound when nothing matches.
HUG_EXPORT Result<DeleteFilesResult> delete_files(
    Hub& hub, const RepoId& repo, const DeleteFilesRequest& request);

}  // namespace hug
