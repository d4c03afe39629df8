// Commits as the Hub takes them: lines of JSON, streamed, so that a commit of
// many files costs no memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/body.h"
#include "hug/hub.h"
#include "hug/repo.h"
#include "hug/upload.h"

namespace hug::api {

/// Checks a path in a repository and returns it as the Hub writes it: one
/// leading "/" or "./" is dropped. Errors: kUsage for "..", ".", empty, ".git"
/// and ".cache" segments, backslashes and control characters.
Result<std::string> check_repo_path(std::string_view path);

struct CommitHead {
  std::string summary = {};
  std::string description = {};
  std::string parent = {};  ///< empty: whatever the head is
};

// The lines of a commit. Each ends with a line feed.
http::BodySourcePtr head_line(const CommitHead& head);
/// The content goes base64-coded; `content` must know its size.
http::BodySourcePtr file_line(std::string_view path,
                              http::BodySourcePtr content);
/// `size` is left out for copies of what the hub knows.
http::BodySourcePtr large_line(std::string_view path, std::string_view oid,
                               std::optional<std::uint64_t> size);
http::BodySourcePtr delete_line(std::string_view path, bool folder);

struct CommitTarget {
  std::string revision = {};
  bool create_pr = false;
};

/// Sends once: whether a lost answer means a lost commit is the caller's to
/// find out. Errors: kConflict when the parent is not the head (HTTP 412).
Result<CommitResult> post_commit(Hub& hub, const RepoId& repo,
                                 const CommitTarget& target,
                                 std::vector<http::BodySourcePtr> lines);

}  // namespace hug::api
