// What things on a hub may be called: kinds of repos, namespaces, repo names,
// refs and paths. Everything that becomes part of a path on disk or of a git
// tree passes through here first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hug/result.h"

namespace hug::hub {

enum class RepoKind : std::uint8_t { kModel, kDataset, kSpace };

inline constexpr RepoKind kRepoKinds[] = {RepoKind::kModel, RepoKind::kDataset,
                                          RepoKind::kSpace};

/// "model", "dataset", "space"
std::string_view kind_name(RepoKind kind);
/// "models", "datasets", "spaces": the segment after /api/
std::string_view kind_plural(RepoKind kind);
/// "", "datasets/", "spaces/": what web and file URLs begin with
std::string_view kind_prefix(RepoKind kind);
std::optional<RepoKind> parse_kind_name(std::string_view text);
std::optional<RepoKind> parse_kind_plural(std::string_view text);

/// One of the two halves of a repo id, or a user name: [A-Za-z0-9_.-]{1,96},
/// word characters at both ends, no "--", no "..", no ".git" at the end.
bool is_valid_name(std::string_view name);
/// Names that routes use, which no user can have.
bool is_reserved_namespace(std::string_view name);

/// A branch or tag name git accepts and a file system can hold.
bool is_valid_ref_name(std::string_view name);

/// A path of a file (or folder) in a repo: relative, '/' between segments, no
/// empty, "." or "..", no ".git" segment in any case, no control characters or
/// backslashes, valid UTF-8, at most 255 bytes a segment and 4096 in all.
/// Errors: kUsage, naming the path and the rule.
Result<void> check_repo_path(std::string_view path);

/// 40 lower-case hexadecimal digits.
bool is_commit_id(std::string_view text);
/// 64 lower-case hexadecimal digits.
bool is_sha256(std::string_view text);

}  // namespace hug::hub
