// The two rule files of a repo that a hub obeys: .gitattributes (which paths
// are large objects) and .gitignore (which uploads are skipped).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/git/glob.h"
#include "hub/names.h"

namespace hug::hub {

/// The `filter=lfs` rules of a .gitattributes file; the last match decides.
class LfsRules {
 public:
  explicit LfsRules(std::string_view text);
  bool covers(std::string_view path) const;

 private:
  struct Rule {
    Glob glob;
    bool basename;  // the pattern has no '/': it looks at the last segment
    bool lfs;
  };

  std::vector<Rule> rules_;
};

/// The file with a line for exactly this path at its end.
std::string with_lfs_rule(std::string_view attributes, std::string_view path);

/// The rules of one .gitignore at the root of a repo.
class IgnoreRules {
 public:
  explicit IgnoreRules(std::string_view text);
  bool ignores(std::string_view path) const;

 private:
  struct Rule {
    Glob glob;
    bool basename;
    bool folders_only;
    bool keeps;  // '!': takes back what an earlier rule ignored
  };

  bool verdict(std::string_view path, bool folder) const;

  std::vector<Rule> rules_;
};

/// What a new repo's .gitattributes holds.
std::string default_attributes(RepoKind kind);

}  // namespace hug::hub
