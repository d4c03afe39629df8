// Which large objects a caller may refer to in a repo: ones that they have
// sent themselves, ones that the repo refers to already, and, for copies, ones
// of other repos that they can read.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "hub/api/exchange.h"

namespace hug::hub {

class ObjectRights {
 public:
  ObjectRights(const Exchange& x, const RepoTarget& repo)
      : x_(x), repo_(repo) {}

  /// `copy`: other repos count too.
  Result<bool> may_use(const std::string& oid, bool copy);
  /// Whether a file of the repo, on any branch, tag or pull request, is it.
  Result<bool> in_repo(const std::string& oid);

 private:
  Result<bool> elsewhere(const std::string& oid) const;

  const Exchange& x_;
  const RepoTarget& repo_;
  std::optional<std::set<std::string>> in_repo_;  // made when first asked for
};

}  // namespace hug::hub
