// The files of a revision, one after the other.
#pragma once

#include <functional>

#include "hug/repo.h"

namespace hug::api {

/// list_tree() of a repository that may be too large to be kept whole: `take`
/// gets the entries as the hub sends them. Errors: those of list_tree().
Result<void> each_tree_entry(Hub& hub, const RepoId& repo,
                             const TreeOptions& options,
                             const std::function<void(TreeEntry entry)>& take);

}  // namespace hug::api
