// What a revision in a URL means.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/git/git_repo.h"

namespace hug::hub {

/// The full name of the branch or pull request that a revision names; empty
/// when it can be neither ("main" -> "refs/heads/main", "refs/pr/1").
std::string branch_ref(std::string_view revision);

/// The commit that a revision leads to: a branch, a tag, a full ref, "HEAD", a
/// commit id, or the first digits (at least 7) of one.
Result<std::optional<Oid>> find_revision(const GitRepo& repo,
                                         std::string_view revision);

/// As above. Errors: kNotFound with RevisionNotFound.
Result<Oid> resolve_revision(const GitRepo& repo, std::string_view revision);

/// URL segments that begin with a revision, which may have slashes of its own:
/// the longest one that exists, and how many segments it took.
struct SplitRevision {
  std::string revision;
  Oid commit;
  std::size_t segments = 0;
};

Result<SplitRevision> split_revision(const GitRepo& repo,
                                     const std::vector<std::string>& segments);

Error revision_not_found(std::string_view revision);
Error entry_not_found(std::string_view message = "Entry not found");

}  // namespace hug::hub
