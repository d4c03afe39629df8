// Files of a repository as a listing or a tree.
#pragma once

#include <string>
#include <vector>

#include "app/app.h"
#include "cmd/sizes.h"
#include "hug/repo.h"

namespace hug::cli::cmd {

struct ListingOptions {
  SizeStyle sizes = SizeStyle::kExact;
  bool tree = false;
  bool recursive = false;
  std::string revision = {};
};

/// `hug models|datasets|spaces ls REPO`. Errors: kUsage, and of the hub.
Result<void> list_files(App& app, const RepoId& repo,
                        const ListingOptions& options);

}  // namespace hug::cli::cmd
